/* The media path where a compiler exists: reading a batch, parsing RTP, rewriting, encrypting and sending a run.
 *
 * Keys stay where they are: libsrtp's contexts and functions are those of pylibsrtp, handed in as addresses, so this
 * path and the one in Python share rollover counters and replay windows and can take turns packet by packet.
 * The caller keeps contexts alive during a call.  Nothing is queued and no thread is started: when `fan_out` returns,
 * every packet has been given to the kernel or dropped.  The interpreter lock is released while packets are
 * encrypted and sent.  Every number that comes in is checked against the memory it points into.
 */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#define _GNU_SOURCE
#include <Python.h>

#include <errno.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif

enum {
    HEADER = 12,
    MOST_SEGMENTS = 64,   /* of one UDP_SEGMENT send */
    MOST_TOTAL = 65000,   /* bytes of one such send */
    TRAILER = 160,        /* what libsrtp may add behind a packet */
    MOST_DATAGRAMS = 64,  /* of one reading */
    MOST_RECEIVERS = 512, /* of one fan-out */
    LONG_ID = 0x8000      /* the M bit of a 15-bit PictureID, RFC 7741 section 4.2 */
};

typedef int (*srtp_call)(void *context, void *packet, int *length);

typedef struct {
    size_t at, size, picture_at, tl0_at;
    uint32_t timestamp;
    uint16_t sequence, picture_id;
    uint8_t tl0;
} segment;

typedef struct {
    const unsigned char *template;
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
    int result; /* packets sent, or -errno when none was */
} receiver;

static srtp_call protect;
static PyObject *header_type;
static _Thread_local unsigned char scratch[MOST_TOTAL + TRAILER];

/* ---- reading Python objects; each returns 0, or -1 with an exception set ---- */

static int number(PyObject *tuple, Py_ssize_t place, unsigned long long *value)
{
    PyObject *item = PyTuple_GetItem(tuple, place);
    if (item == NULL)
        return -1;
    *value = PyLong_AsUnsignedLongLongMask(item); /* offsets may be negative and of any size: modulo 2^64 */
    return *value == (unsigned long long)-1 && PyErr_Occurred() ? -1 : 0;
}

static int refuse(const char *what)
{
    PyErr_SetString(PyExc_ValueError, what);
    return -1;
}

static int read_segment(PyObject *tuple, const run *whole, segment *to)
{
    unsigned long long field[8];
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != 8)
        return refuse("segment");
    for (Py_ssize_t place = 0; place < 8; place++)
        if (number(tuple, place, &field[place]) < 0)
            return -1;
    if (field[1] < HEADER || field[1] > whole->total || field[0] > whole->total - field[1])
        return refuse("segment outside its run");
    if ((field[4] && field[4] > field[1] - (field[6] & LONG_ID ? 2 : 1)) || field[5] >= field[1])
        return refuse("place outside its packet");
    *to = (segment){.at = field[0], .size = field[1], .sequence = (uint16_t)field[2], .timestamp = (uint32_t)field[3],
                    .picture_at = field[4], .tl0_at = field[5], .picture_id = (uint16_t)field[6],
                    .tl0 = (uint8_t)field[7]};
    return 0;
}

static int read_run(PyObject *tuple, run *to)
{
    unsigned long long stride, total;
    char *template;
    Py_ssize_t length;
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) < 4)
        return refuse("run");
    PyObject *bytes = PyTuple_GetItem(tuple, 0), *segments = PyTuple_GetItem(tuple, 3);
    if (PyBytes_AsStringAndSize(bytes, &template, &length) < 0 || number(tuple, 1, &stride) < 0 ||
        number(tuple, 2, &total) < 0)
        return -1;
    if (!PyTuple_Check(segments) || PyTuple_Size(segments) < 1 || PyTuple_Size(segments) > MOST_SEGMENTS)
        return refuse("segments");
    if (total > (unsigned long long)length || total > MOST_TOTAL || stride < HEADER || stride > UINT16_MAX)
        return refuse("run too long");
    to->template = (const unsigned char *)template;
    to->stride = stride;
    to->total = total;
    to->count = (size_t)PyTuple_Size(segments);
    for (size_t place = 0; place < to->count; place++) {
        if (read_segment(PyTuple_GetItem(segments, (Py_ssize_t)place), to, &to->segments[place]) < 0)
            return -1;
        if (to->segments[place].at != place * stride)
            return refuse("segments not in order");
    }
    return 0;
}

static int read_receiver(PyObject *tuple, receiver *to)
{
    unsigned long long context, field[5];
    char *address;
    Py_ssize_t size;
    if (!PyTuple_Check(tuple) || PyTuple_Size(tuple) != 3)
        return refuse("receiver");
    PyObject *rewriting = PyTuple_GetItem(tuple, 2);
    if (number(tuple, 0, &context) < 0 || PyBytes_AsStringAndSize(PyTuple_GetItem(tuple, 1), &address, &size) < 0)
        return -1;
    if (!context || size < (Py_ssize_t)sizeof(sa_family_t) || size > (Py_ssize_t)sizeof(to->address))
        return refuse("receiver's context or address");
    if (!PyTuple_Check(rewriting) || PyTuple_Size(rewriting) != 5)
        return refuse("rewriting");
    for (Py_ssize_t place = 0; place < 5; place++)
        if (number(rewriting, place, &field[place]) < 0)
            return -1;
    to->context = (void *)(uintptr_t)context;
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

static void put16(unsigned char *at, uint16_t value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static void put32(unsigned char *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

static void rewrite(unsigned char *packet, const segment *each, const receiver *to)
{
    put16(packet + 2, (uint16_t)(each->sequence + to->sequence));
    put32(packet + 4, each->timestamp + to->timestamp);
    put32(packet + 8, to->ssrc);
    if (each->picture_at) {
        uint16_t moved = (uint16_t)(each->picture_id + to->picture_id);
        if (each->picture_id & LONG_ID)
            put16(packet + each->picture_at, LONG_ID | (moved & 0x7FFF));
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

static int send_each(int fd, const run *whole, size_t total, receiver *to)
{
    int sent = 0, error = 0;
    for (size_t place = 0; place < whole->count; place++) {
        size_t at = whole->segments[place].at;
        size_t size = place + 1 < whole->count ? whole->stride : total - at;
        if (sendto(fd, scratch + at, size, MSG_DONTWAIT, (struct sockaddr *)&to->address, to->address_size) >= 0)
            sent++;
        else
            error = errno;
    }
    return sent || !error ? sent : -error;
}

static int send_train(int fd, const run *whole, size_t total, receiver *to, int *segments)
{
    union {
        struct cmsghdr head;
        char room[CMSG_SPACE(sizeof(uint16_t))];
    } control;
    struct iovec data = {.iov_base = scratch, .iov_len = total};
    struct msghdr message = {.msg_name = &to->address, .msg_namelen = to->address_size, .msg_iov = &data,
                             .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control.room)};
    uint16_t stride = (uint16_t)whole->stride;
    memset(&control, 0, sizeof(control));
    control.head.cmsg_level = IPPROTO_UDP;
    control.head.cmsg_type = UDP_SEGMENT;
    control.head.cmsg_len = CMSG_LEN(sizeof(stride));
    memcpy(CMSG_DATA(&control.head), &stride, sizeof(stride));
    if (sendmsg(fd, &message, MSG_DONTWAIT) >= 0)
        return (int)whole->count;
    if (!unsupported(errno))
        return -errno;
    *segments = 0; /* an interface without checksum offload, a path with a small MTU */
    return send_each(fd, whole, total, to);
}

static int serve(int fd, const run *whole, receiver *to, int *segments)
{
    size_t total = whole->total;
    memcpy(scratch, whole->template, total);
    for (size_t place = 0; place < whole->count; place++) {
        const segment *each = &whole->segments[place];
        int length = (int)each->size;
        rewrite(scratch + each->at, each, to);
        if (protect(to->context, scratch + each->at, &length) || length < 0 || (size_t)length > whole->stride)
            return -EPROTO;
        if (place + 1 == whole->count)
            total = each->at + (size_t)length;
        else if ((size_t)length != whole->stride)
            return -EPROTO;
    }
    return whole->count > 1 && *segments ? send_train(fd, whole, total, to, segments) : send_each(fd, whole, total, to);
}

static PyObject *fan_out(PyObject *self, PyObject *args)
{
    int fd, segments;
    PyObject *tuple, *list, *results = NULL;
    run whole;
    (void)self;
    if (!PyArg_ParseTuple(args, "ipO!O!:fan_out", &fd, &segments, &PyTuple_Type, &tuple, &PyList_Type, &list))
        return NULL;
    if (read_run(tuple, &whole) < 0)
        return NULL;
    Py_ssize_t count = PyList_Size(list);
    if (protect == NULL || count > MOST_RECEIVERS) {
        refuse(protect == NULL ? "not bound" : "too many receivers");
        return NULL;
    }
    receiver *receivers = PyMem_Calloc((size_t)count + 1, sizeof(receiver));
    if (receivers == NULL)
        return PyErr_NoMemory();
    for (Py_ssize_t place = 0; place < count; place++)
        if (read_receiver(PyList_GetItem(list, place), &receivers[place]) < 0)
            goto done;
    Py_BEGIN_ALLOW_THREADS
    for (Py_ssize_t place = 0; place < count; place++)
        receivers[place].result = serve(fd, &whole, &receivers[place], &segments);
    Py_END_ALLOW_THREADS
    results = PyList_New(count);
    for (Py_ssize_t place = 0; results != NULL && place < count; place++) {
        PyObject *result = PyLong_FromLong(receivers[place].result);
        if (result == NULL || PyList_SetItem(results, place, result) < 0)
            Py_CLEAR(results);
    }
    if (results != NULL)
        results = Py_BuildValue("(iN)", segments, results);
done:
    PyMem_Free(receivers);
    return results;
}

/* ---- reading a batch ---- */

static PyObject *received(struct mmsghdr *messages, struct sockaddr_storage *addresses, int count)
{
    PyObject *list = PyList_New(count);
    for (int place = 0; list != NULL && place < count; place++) {
        Py_ssize_t size = messages[place].msg_hdr.msg_namelen;
        if (size > (Py_ssize_t)sizeof(*addresses))
            size = (Py_ssize_t)sizeof(*addresses);
        PyObject *pair = Py_BuildValue("(Iy#)", messages[place].msg_len, (const char *)&addresses[place], size);
        if (pair == NULL || PyList_SetItem(list, place, pair) < 0)
            Py_CLEAR(list);
    }
    return list;
}

static PyObject *receive(PyObject *self, PyObject *args)
{
    int fd, count, error;
    Py_ssize_t slot;
    Py_buffer memory;
    struct mmsghdr messages[MOST_DATAGRAMS];
    struct iovec places[MOST_DATAGRAMS];
    struct sockaddr_storage addresses[MOST_DATAGRAMS];
    (void)self;
    if (!PyArg_ParseTuple(args, "iw*n:receive", &fd, &memory, &slot))
        return NULL;
    Py_ssize_t slots = slot > 0 ? memory.len / slot : 0;
    if (slots > MOST_DATAGRAMS)
        slots = MOST_DATAGRAMS;
    memset(messages, 0, sizeof(messages));
    for (Py_ssize_t place = 0; place < slots; place++) {
        places[place] = (struct iovec){.iov_base = (char *)memory.buf + place * slot, .iov_len = (size_t)slot};
        messages[place].msg_hdr = (struct msghdr){.msg_name = &addresses[place], .msg_namelen = sizeof(addresses[0]),
                                                  .msg_iov = &places[place], .msg_iovlen = 1};
    }
    Py_BEGIN_ALLOW_THREADS
    count = slots ? recvmmsg(fd, messages, (unsigned)slots, MSG_DONTWAIT, NULL) : 0;
    error = errno;
    Py_END_ALLOW_THREADS
    PyBuffer_Release(&memory);
    if (count < 0) {
        errno = error;
        return PyErr_SetFromErrno(PyExc_OSError);
    }
    return received(messages, addresses, count);
}

/* ---- RTP headers: the same answers as rtp.parse ---- */

static uint32_t get16(const unsigned char *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static uint32_t get32(const unsigned char *at)
{
    return get16(at) << 16 | get16(at + 2);
}

static int keep(PyObject *found, unsigned id, const unsigned char *at, size_t length)
{
    PyObject *key = PyLong_FromUnsignedLong(id), *value = PyBytes_FromStringAndSize((const char *)at, (Py_ssize_t)length);
    int failed = key == NULL || value == NULL ? -1 : PyDict_SetItem(found, key, value);
    Py_XDECREF(key);
    Py_XDECREF(value);
    return failed;
}

static int one_byte(PyObject *found, const unsigned char *at, const unsigned char *end)
{
    while (at < end) {
        unsigned head = *at++;
        if (!head)
            continue;
        size_t length = (head & 15) + 1;
        if (head >> 4 == 15 || length > (size_t)(end - at)) /* 15 ends the block, RFC 8285 section 4.2 */
            break;
        if (keep(found, head >> 4, at, length) < 0)
            return -1;
        at += length;
    }
    return 0;
}

static int two_byte(PyObject *found, const unsigned char *at, const unsigned char *end)
{
    while (end - at > 1) {
        unsigned id = at[0];
        size_t length = at[1];
        if (!id) {
            at++;
            continue;
        }
        at += 2;
        if (length > (size_t)(end - at))
            break;
        if (keep(found, id, at, length) < 0)
            return -1;
        at += length;
    }
    return 0;
}

/* Where the payload begins; `*found` becomes a new dict. -1 with an exception when the block does not fit. */
static Py_ssize_t extensions(const unsigned char *packet, size_t start, size_t size, PyObject **found)
{
    if (start + 4 > size)
        return refuse("extension");
    uint32_t profile = get16(packet + start);
    size_t end = start + 4 + 4 * (size_t)get16(packet + start + 2);
    if (end > size)
        return refuse("extension");
    *found = PyDict_New();
    if (*found == NULL)
        return -1;
    int failed = 0;
    if (profile == 0xBEDE)
        failed = one_byte(*found, packet + start + 4, packet + end);
    else if ((profile & 0xFFF0) == 0x1000)
        failed = two_byte(*found, packet + start + 4, packet + end);
    return failed < 0 ? -1 : (Py_ssize_t)end;
}

static PyObject *parsed(const unsigned char *packet, size_t size)
{
    PyObject *found = NULL, *header = NULL;
    Py_ssize_t start = HEADER, end = (Py_ssize_t)size;
    if (size < HEADER || packet[0] >> 6 != 2) {
        refuse(size < HEADER ? "short" : "version");
        return NULL;
    }
    start += 4 * (packet[0] & 15);
    if (packet[0] & 0x10 && (start = extensions(packet, (size_t)start, size, &found)) < 0)
        goto done;
    if (packet[0] & 0x20)
        end = packet[size - 1] ? end - packet[size - 1] : -1;
    if (end < start) {
        refuse("length");
        goto done;
    }
    header = PyObject_CallFunction(header_type, "IIkknnO", (unsigned)packet[1], (unsigned)get16(packet + 2),
                                   (unsigned long)get32(packet + 4), (unsigned long)get32(packet + 8), start, end,
                                   found != NULL ? found : Py_None);
done:
    Py_XDECREF(found);
    return header;
}

static PyObject *parse(PyObject *self, PyObject *args)
{
    Py_buffer memory;
    Py_ssize_t size;
    PyObject *header = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*n:parse", &memory, &size))
        return NULL;
    if (header_type == NULL || size > memory.len)
        refuse(header_type == NULL ? "not bound" : "size");
    else
        header = parsed(memory.buf, size < 0 ? 0 : (size_t)size);
    PyBuffer_Release(&memory);
    return header;
}

static PyObject *bind_to(PyObject *self, PyObject *args)
{
    unsigned long long address;
    PyObject *type;
    (void)self;
    if (!PyArg_ParseTuple(args, "KO:bind", &address, &type))
        return NULL;
    if (!address) {
        refuse("address");
        return NULL;
    }
    protect = (srtp_call)(uintptr_t)address;
    Py_INCREF(type);
    Py_XDECREF(header_type);
    header_type = type;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"bind", bind_to, METH_VARARGS, "bind(srtp_protect, RtpHeader): the address of libsrtp's function, the header's type."},
    {"fan_out", fan_out, METH_VARARGS,
     "fan_out(fd, segments, run, [(context, sockaddr, rewriting), ...]) -> (segments, [packets sent or -errno, ...])."},
    {"parse", parse, METH_VARARGS, "parse(packet, size) -> RtpHeader, as rtp.parse."},
    {"receive", receive, METH_VARARGS, "receive(fd, memory, slot) -> [(size, sockaddr), ...], one for each slot filled."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fastpath", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__fastpath(void)
{
    return PyModule_Create(&module);
}
