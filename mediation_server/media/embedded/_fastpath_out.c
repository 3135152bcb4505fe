/* The way out: laying out packets, rewriting, encrypting and sending them; the twin of runs.py and gso.py. */
#include "_fastpath.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    MOST_SEGMENTS = 48,   /* of one UDP_SEGMENT send; the kernel takes 64 */
    MOST_BYTES = 60000,   /* of one such send */
    MOST_PADDING = 2,     /* bytes of RTP padding that make segments equally long */
    MOST_TAG = 64,        /* bytes that encryption adds, and more than that */
    TRAILER = 160,        /* what libsrtp may write behind a packet */
    MOST_RECEIVERS = 512, /* of one fan-out */
    MOST_LETTERS = 32,    /* runs that are sent in one go, */
    MOST_ROOM = 262144    /* and the bytes they may take together */
};

typedef struct {
    size_t at, size, picture_at, tl0_at; /* the places from the packet's first byte, 0: not carried */
    uint32_t timestamp;
    uint16_t sequence, picture_id;
    uint8_t tl0;
} segment;

typedef struct {
    size_t stride, total, count;
    segment segments[MOST_SEGMENTS];
} run;

typedef struct {
    void *context;
    struct sockaddr_storage address;
    socklen_t address_size;
    uint32_t ssrc, timestamp;
    uint16_t sequence, picture_id;
    uint8_t tl0;
} receiver;

typedef struct {
    PyObject *keys; /* a list of whatever the contexts belong to: they live as long as this does */
    size_t count;
    receiver receivers[];
} audience;

typedef struct {
    int fd, segments;                    /* whether trains go out as one send */
    unsigned long blocked, failed, unprotected; /* packets that did not go out, by reason */
} way_out;

/* One run, encrypted for one receiver. */
typedef struct {
    const receiver *to;
    int *sent;
    unsigned char *data;
    size_t total;
} letter;

static _Thread_local unsigned char template[MOST_BYTES + TRAILER], room[MOST_ROOM];

/* ---- who gets it: reading Python objects ---- */

static int number(PyObject *tuple, Py_ssize_t place, unsigned long long *value)
{
    PyObject *item = PyTuple_GetItem(tuple, place);
    if (item == NULL)
        return -1;
    *value = PyLong_AsUnsignedLongLongMask(item); /* offsets may be negative and of any size: modulo 2^64 */
    return *value == (unsigned long long)-1 && PyErr_Occurred() ? -1 : 0;
}

/* KeyError: the address is not among those known, and nothing was sent. */
static int read_receiver(PyObject *tuple, PyObject *addresses, receiver *to)
{
    unsigned long long field[5];
    char *address;
    Py_ssize_t size;
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != 3)
        return fastpath_refuse("receiver");
    PyObject *rewriting = PyTuple_GetItem(tuple, 2), *name = PyTuple_GetItem(tuple, 1);
    PyObject *context = PyObject_GetAttrString(PyTuple_GetItem(tuple, 0), "context_address");
    if (context == NULL)
        return -1;
    to->context = PyLong_AsVoidPtr(context);
    Py_DECREF(context);
    PyObject *raw = PyErr_Occurred() ? NULL : PyDict_GetItemWithError(addresses, name);
    if (raw == NULL) {
        if (!PyErr_Occurred())
            PyErr_SetObject(PyExc_KeyError, name);
        return -1;
    }
    if (PyBytes_AsStringAndSize(raw, &address, &size) < 0)
        return -1;
    if (!to->context || size < (Py_ssize_t)sizeof(sa_family_t) || size > (Py_ssize_t)sizeof(to->address))
        return fastpath_refuse("receiver's context or address");
    if (!PyTuple_Check(rewriting) || PyTuple_Size(rewriting) != 5)
        return fastpath_refuse("rewriting");
    for (Py_ssize_t place = 0; place < 5; place++)
        if (number(rewriting, place, &field[place]) < 0)
            return -1;
    memcpy(&to->address, address, (size_t)size);
    to->address_size = (socklen_t)size;
    to->ssrc = (uint32_t)field[0];
    to->sequence = (uint16_t)field[1];
    to->timestamp = (uint32_t)field[2];
    to->picture_id = (uint16_t)field[3];
    to->tl0 = (uint8_t)field[4];
    return 0;
}

/* ---- rewriting, encrypting, sending; without the interpreter lock ---- */

static void rewrite(unsigned char *packet, const segment *each, const receiver *to)
{
    put16(packet + 2, (uint16_t)(each->sequence + to->sequence));
    put32(packet + 4, each->timestamp + to->timestamp);
    put32(packet + 8, to->ssrc);
    if (each->picture_at) {
        uint16_t moved = (uint16_t)(each->picture_id + to->picture_id);
        if (packet[each->picture_at] & LONG_ID)
            put16(packet + each->picture_at, 0x8000 | (moved & 0x7FFF));
        else
            packet[each->picture_at] = moved & 0x7F;
    }
    if (each->tl0_at)
        packet[each->tl0_at] = (unsigned char)(each->tl0 + to->tl0);
}

static int unsupported(int error)
{
    return error == EIO || error == EINVAL || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

static int blocked(int error)
{
    return error == EAGAIN || error == EWOULDBLOCK;
}

static void send_each(way_out *out, const run *whole, const letter *one)
{
    for (size_t place = 0; place < whole->count; place++) {
        size_t at = whole->segments[place].at;
        size_t size = place + 1 < whole->count ? whole->stride : one->total - at;
        if (sendto(out->fd, one->data + at, size, MSG_DONTWAIT, (struct sockaddr *)&one->to->address,
                   one->to->address_size) >= 0)
            ++*one->sent;
        else if (blocked(errno))
            out->blocked++;
        else
            out->failed++;
    }
}

typedef union {
    struct cmsghdr head;
    char room[CMSG_SPACE(sizeof(uint16_t))];
} segmented;

/* How many of these went out as trains; the one behind them did not, if there is one, for the reason in errno. */
static size_t send_trains(const way_out *out, const run *whole, const letter *letters, size_t count)
{
    struct mmsghdr messages[MOST_LETTERS];
    struct iovec data[MOST_LETTERS];
    uint16_t stride = (uint16_t)whole->stride;
    segmented control;
    memset(&control, 0, sizeof(control));
    control.head.cmsg_level = IPPROTO_UDP;
    control.head.cmsg_type = UDP_SEGMENT;
    control.head.cmsg_len = CMSG_LEN(sizeof(stride));
    memcpy(CMSG_DATA(&control.head), &stride, sizeof(stride));
    for (size_t place = 0; place < count; place++) {
        const letter *each = &letters[place];
        data[place] = (struct iovec){.iov_base = each->data, .iov_len = each->total};
        messages[place].msg_hdr =
            (struct msghdr){.msg_name = (void *)&each->to->address, .msg_namelen = each->to->address_size,
                            .msg_iov = &data[place], .msg_iovlen = 1, .msg_control = whole->count > 1 ? &control : NULL,
                            .msg_controllen = whole->count > 1 ? sizeof(control.room) : 0};
    }
    size_t done = 0;
    while (done < count) { /* a call that sent some of them says nothing of why it stopped: the next one does */
        int went = sendmmsg(out->fd, messages + done, (unsigned)(count - done), MSG_DONTWAIT);
        if (went <= 0)
            break;
        for (int place = 0; place < went; place++)
            *letters[done++].sent += (int)whole->count;
    }
    return done;
}

static void send_letters(way_out *out, const run *whole, const letter *letters, size_t count)
{
    for (size_t done = 0; done < count; done++) {
        if (out->segments || whole->count == 1) {
            done += send_trains(out, whole, &letters[done], count - done);
            if (done == count)
                return;
            if (whole->count > 1 && unsupported(errno))
                out->segments = 0; /* an interface without checksum offload, a path with a small MTU */
            else
                *(blocked(errno) ? &out->blocked : &out->failed) += whole->count;
        }
        if (!out->segments && whole->count > 1)
            send_each(out, whole, &letters[done]);
    }
}

/* The length of the run as it is for that receiver, or 0. */
static size_t seal(way_out *out, const run *whole, const receiver *to, unsigned char *data)
{
    size_t total = whole->total;
    memcpy(data, template, total);
    for (size_t place = 0; place < whole->count; place++) {
        const segment *each = &whole->segments[place];
        int length = (int)each->size, last = place + 1 == whole->count;
        rewrite(data + each->at, each, to);
        if (fastpath_protect(to->context, data + each->at, &length) || length < 0 || (size_t)length > whole->stride ||
            (!last && (size_t)length != whole->stride)) {
            out->unprotected += whole->count;
            return 0;
        }
        if (last)
            total = each->at + (size_t)length;
    }
    return total;
}

/* All of it encrypted, then all of it sent: cipher and kernel, taking turns, would drive each other out of the cache. */
static size_t serve(way_out *out, const run *whole, const receiver *receivers, size_t count, int *sent)
{
    letter letters[MOST_LETTERS];
    size_t space = whole->stride * whole->count + TRAILER, most = MOST_ROOM / space, written = 0;
    if (most > MOST_LETTERS)
        most = MOST_LETTERS;
    if (count > most)
        count = most;
    for (size_t place = 0; place < count; place++) {
        letter *each = &letters[written];
        *each = (letter){.to = &receivers[place], .sent = &sent[place], .data = room + written * space};
        each->total = seal(out, whole, each->to, each->data);
        written += each->total > 0;
    }
    send_letters(out, whole, letters, written);
    return count;
}

/* ---- laying out packets, as runs.make_runs ---- */

static void find_picture(const unsigned char *packet, size_t size, segment *to)
{
    size_t at = HEADER + 2, picture_at = 0, tl0_at = 0;
    if (size < HEADER + 3 || !(packet[HEADER] & 0x80))
        return;
    if (packet[HEADER + 1] & 0x80) {
        picture_at = at;
        at += packet[at] & LONG_ID ? 2 : 1;
    }
    if (packet[HEADER + 1] & 0x40)
        tl0_at = at++;
    if (at > size)
        return;
    to->picture_at = picture_at;
    to->tl0_at = tl0_at;
    if (picture_at)
        to->picture_id = packet[picture_at] & LONG_ID ? (uint16_t)get16(packet + picture_at) : packet[picture_at];
    if (tl0_at)
        to->tl0 = packet[tl0_at];
}

/* How many packets from `start` on make one run, and the length its segments are padded to. */
static size_t reach(PyObject *packets, size_t start, size_t tag, size_t *target)
{
    size_t count = (size_t)PyTuple_Size(packets), low, limit = start + MOST_SEGMENTS;
    low = *target = (size_t)PyBytes_Size(PyTuple_GetItem(packets, (Py_ssize_t)start));
    if (limit > count)
        limit = count;
    for (size_t at = start + 1; at < limit; at++) {
        size_t size = (size_t)PyBytes_Size(PyTuple_GetItem(packets, (Py_ssize_t)at));
        size_t most = size > *target ? size : *target, least = size < low ? size : low;
        if ((at + 1 - start) * (most + tag) > MOST_BYTES)
            return at - start;
        if (most - least > MOST_PADDING)
            return at - start + (size < *target);
        low = least;
        *target = most;
    }
    return limit - start;
}

static void lay_out(PyObject *packets, size_t start, size_t target, const unsigned *layout, run *to)
{
    size_t stride = to->stride = target + layout[1];
    to->total = 0;
    for (size_t place = 0; place < to->count; place++) {
        PyObject *packet = PyTuple_GetItem(packets, (Py_ssize_t)(start + place));
        unsigned char *at = template + place * stride;
        segment *each = &to->segments[place];
        *each = (segment){.at = place * stride, .size = (size_t)PyBytes_Size(packet)};
        memcpy(at, PyBytes_AsString(packet), each->size);
        memset(at + each->size, 0, stride - each->size);
        at[1] = (unsigned char)((at[1] & 0x80) | layout[0]);
        each->sequence = (uint16_t)get16(at + 2);
        each->timestamp = get32(at + 4);
        if (layout[2] == VP8)
            find_picture(at, each->size, each);
        if (each->size < target && target <= each->size + MOST_PADDING) {
            at[0] |= 0x20;
            at[target - 1] = (unsigned char)(target - each->size);
            each->size = target;
        }
        to->total = each->at + each->size + layout[1];
    }
}

static int check_packets(PyObject *packets, unsigned tag)
{
    for (Py_ssize_t place = 0; place < PyTuple_Size(packets); place++) {
        PyObject *packet = PyTuple_GetItem(packets, place);
        if (!PyBytes_Check(packet))
            return fastpath_refuse("packet");
        if (PyBytes_Size(packet) < HEADER || (size_t)PyBytes_Size(packet) + tag > MOST_BYTES)
            return fastpath_refuse("size of a packet");
    }
    return 0;
}

static void send_all(way_out *out, PyObject *packets, const unsigned *layout, const audience *to, int *sent)
{
    size_t end = (size_t)PyTuple_Size(packets), target;
    run whole;
    for (size_t start = 0; start < end; start += whole.count) {
        whole.count = reach(packets, start, layout[1], &target);
        lay_out(packets, start, target, layout, &whole);
        Py_BEGIN_ALLOW_THREADS
        for (size_t done = 0; done < to->count;)
            done += serve(out, &whole, &to->receivers[done], to->count - done, &sent[done]);
        Py_END_ALLOW_THREADS
    }
}

/* ---- what Python calls ---- */

static const char AUDIENCE[] = "mediation.audience";

static void forget(PyObject *capsule)
{
    audience *to = PyCapsule_GetPointer(capsule, AUDIENCE);
    if (to != NULL) {
        Py_XDECREF(to->keys);
        PyMem_Free(to);
    }
}

PyObject *fastpath_gather(PyObject *self, PyObject *args)
{
    PyObject *addresses, *list, *capsule;
    (void)self;
    if (!PyArg_ParseTuple(args, "O!O!:gather", &PyDict_Type, &addresses, &PyList_Type, &list))
        return NULL;
    size_t count = (size_t)PyList_Size(list);
    if (count > MOST_RECEIVERS) {
        fastpath_refuse("too many receivers");
        return NULL;
    }
    audience *to = PyMem_Calloc(1, sizeof(audience) + count * sizeof(receiver));
    if (to == NULL)
        return PyErr_NoMemory();
    to->count = count;
    capsule = PyCapsule_New(to, AUDIENCE, forget);
    if (capsule == NULL) {
        PyMem_Free(to);
        return NULL;
    }
    int failed = (to->keys = PyList_New(0)) == NULL;
    for (size_t place = 0; !failed && place < count; place++) {
        PyObject *each = PyList_GetItem(list, (Py_ssize_t)place);
        failed = read_receiver(each, addresses, &to->receivers[place]) < 0 ||
                 PyList_Append(to->keys, PyTuple_GetItem(each, 0)) < 0;
    }
    if (failed)
        Py_CLEAR(capsule);
    return capsule;
}

static PyObject *counts(const int *sent, size_t count)
{
    PyObject *list = PyList_New((Py_ssize_t)count);
    for (size_t place = 0; list != NULL && place < count; place++) {
        PyObject *each = PyLong_FromLong(sent[place]);
        if (each == NULL || PyList_SetItem(list, (Py_ssize_t)place, each) < 0)
            Py_CLEAR(list);
    }
    return list;
}

PyObject *fastpath_fan_out(PyObject *self, PyObject *args)
{
    way_out out = {0};
    unsigned layout[3]; /* payload type, bytes that encryption adds, codec */
    int sent[MOST_RECEIVERS] = {0};
    PyObject *packets, *capsule;
    (void)self;
    if (!PyArg_ParseTuple(args, "ipO!IIIO:fan_out", &out.fd, &out.segments, &PyTuple_Type, &packets, &layout[0],
                          &layout[1], &layout[2], &capsule))
        return NULL;
    const audience *to = PyCapsule_GetPointer(capsule, AUDIENCE);
    if (to == NULL)
        return NULL;
    if (fastpath_protect == NULL || layout[0] > 0x7F || layout[1] > MOST_TAG) {
        fastpath_refuse(fastpath_protect == NULL ? "not bound" : "layout");
        return NULL;
    }
    if (check_packets(packets, layout[1]) < 0)
        return NULL;
    int segments = out.segments;
    send_all(&out, packets, layout, to, sent);
    if (segments == out.segments && !(out.blocked || out.failed || out.unprotected))
        Py_RETURN_NONE;
    PyObject *list = counts(sent, to->count);
    return list == NULL ? NULL : Py_BuildValue("(iN(kkk))", out.segments, list, out.blocked, out.failed, out.unprotected);
}
