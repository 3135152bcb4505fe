/* The way in: reading trains of packets, decrypting them, reading headers; the twin of reading.py, opening.py, rtp.py. */
#include "_fastpath.h"

#include <time.h>

enum {
    MOST_DATAGRAMS = 64, /* of one reading */
    DATE = CMSG_SPACE(sizeof(struct timespec)),
    AT_ONCE = 1000000,         /* as reading._AT_ONCE */
    LONGEST_WAIT = 1000000000, /* as datagrams.LONGEST_WAIT */
};

/* ---- reading trains, as reading.Reader.read ---- */

static int is_media(const unsigned char *packet, size_t size)
{
    return size >= HEADER && packet[0] >> 6 == 2 && !(packet[1] >= 192 && packet[1] <= 223); /* RFC 7983, 5761 */
}

/* Whether a datagram goes on with what the one before it began: the header's numbers but one are the same. */
static int goes_on(const struct mmsghdr *before, const struct mmsghdr *message)
{
    const unsigned char *first = before->msg_hdr.msg_iov->iov_base, *next = message->msg_hdr.msg_iov->iov_base;
    return is_media(first, before->msg_len) && is_media(next, message->msg_len) &&
           before->msg_hdr.msg_namelen == message->msg_hdr.msg_namelen &&
           !memcmp(before->msg_hdr.msg_name, message->msg_hdr.msg_name, message->msg_hdr.msg_namelen) &&
           !((first[1] ^ next[1]) & 0x7F) && (uint16_t)(get16(first + 2) + 1) == get16(next + 2) &&
           !memcmp(first + 4, next + 4, 8);
}

/* The address as `known` has it by its sockaddr, or that; a new reference. */
static PyObject *sender_of(const struct mmsghdr *message, PyObject *known)
{
    PyObject *raw = PyBytes_FromStringAndSize(message->msg_hdr.msg_name, message->msg_hdr.msg_namelen);
    PyObject *address = raw != NULL ? PyDict_GetItemWithError(known, raw) : NULL;
    if (address == NULL)
        return PyErr_Occurred() ? (Py_XDECREF(raw), NULL) : raw;
    Py_DECREF(raw);
    return Py_NewRef(address);
}

/* For how long a datagram lay in the kernel, in ns; 0 where it was not dated. */
static int waited(struct mmsghdr *message, const struct timespec *now)
{
    const struct cmsghdr *control = CMSG_FIRSTHDR(&message->msg_hdr);
    struct timespec came;
    if (control == NULL || control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS)
        return 0;
    memcpy(&came, CMSG_DATA(control), sizeof(came));
    long long wait = (now->tv_sec - came.tv_sec) * 1000000000LL + now->tv_nsec - came.tv_nsec;
    return wait < 0 ? 0 : wait > LONGEST_WAIT ? LONGEST_WAIT : (int)wait;
}

static PyObject *train(const struct mmsghdr *messages, int first, int count, int wait, PyObject *known)
{
    const struct mmsghdr *head = &messages[first];
    const unsigned char *packet = head->msg_hdr.msg_iov->iov_base;
    int media = is_media(packet, head->msg_len);
    PyObject *address = sender_of(head, known), *sizes = PyList_New(count);
    for (int place = 0; sizes != NULL && place < count; place++) {
        PyObject *each = PyLong_FromUnsignedLong(messages[first + place].msg_len);
        if (each == NULL || PyList_SetItem(sizes, place, each) < 0)
            Py_CLEAR(sizes);
    }
    if (sizes == NULL || address == NULL) {
        Py_XDECREF(address);
        Py_XDECREF(sizes);
        return NULL;
    }
    if (!media)
        return Py_BuildValue("(NiNiOiiii)", address, first, sizes, wait, Py_False, 0, 0, 0, 0);
    return Py_BuildValue("(NiNiOIIII)", address, first, sizes, wait, Py_True, packet[1] & 0x7Fu, get16(packet + 2),
                         get32(packet + 4), get32(packet + 8));
}

static PyObject *trains(struct mmsghdr *messages, int count, PyObject *known)
{
    struct timespec now;
    int waits[MOST_DATAGRAMS];
    clock_gettime(CLOCK_REALTIME, &now);
    for (int place = 0; place < count; place++)
        waits[place] = waited(&messages[place], &now);
    PyObject *list = PyList_New(0);
    for (int first = 0, end; list != NULL && first < count; first = end) {
        for (end = first + 1; end < count && waits[first] - waits[end] <= AT_ONCE &&
                              goes_on(&messages[end - 1], &messages[end]);)
            end++;
        PyObject *each = train(messages, first, end - first, waits[first], known);
        if (each == NULL || PyList_Append(list, each) < 0)
            Py_CLEAR(list);
        Py_XDECREF(each);
    }
    return list == NULL ? NULL : Py_BuildValue("(iN)", count, list);
}

PyObject *fastpath_receive(PyObject *self, PyObject *args)
{
    int fd, count, error;
    Py_ssize_t slot;
    Py_buffer memory;
    struct mmsghdr messages[MOST_DATAGRAMS];
    struct iovec places[MOST_DATAGRAMS];
    struct sockaddr_storage addresses[MOST_DATAGRAMS];
    _Alignas(struct cmsghdr) char dates[MOST_DATAGRAMS][DATE];
    PyObject *known, *found = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "iw*nO!:receive", &fd, &memory, &slot, &PyDict_Type, &known))
        return NULL;
    Py_ssize_t slots = slot > 0 ? memory.len / slot : 0;
    if (slots > MOST_DATAGRAMS)
        slots = MOST_DATAGRAMS;
    memset(messages, 0, sizeof(messages));
    for (Py_ssize_t place = 0; place < slots; place++) {
        places[place] = (struct iovec){.iov_base = (char *)memory.buf + place * slot, .iov_len = (size_t)slot};
        messages[place].msg_hdr = (struct msghdr){.msg_name = &addresses[place], .msg_namelen = sizeof(addresses[0]),
                                                  .msg_iov = &places[place], .msg_iovlen = 1,
                                                  .msg_control = dates[place], .msg_controllen = DATE};
    }
    Py_BEGIN_ALLOW_THREADS
    count = slots ? recvmmsg(fd, messages, (unsigned)slots, MSG_DONTWAIT, NULL) : 0;
    error = errno;
    Py_END_ALLOW_THREADS
    for (int place = 0; place < count; place++)
        if (messages[place].msg_hdr.msg_namelen > sizeof(addresses[0]))
            messages[place].msg_hdr.msg_namelen = sizeof(addresses[0]);
    if (count < 0) {
        errno = error;
        PyErr_SetFromErrno(PyExc_OSError);
    } else {
        found = trains(messages, count, known);
    }
    PyBuffer_Release(&memory);
    return found;
}

/* ---- decrypting a train, as opening.open_train ---- */

/* The transport-wide number in a block of extensions with heads of one byte, or -1. */
static int wide_number(const unsigned char *at, const unsigned char *end, unsigned id)
{
    int found = -1;
    while (at < end) {
        unsigned head = *at++;
        if (!head)
            continue;
        size_t length = (head & 15) + 1;
        if (head >> 4 == 15 || length > (size_t)(end - at)) /* 15 ends the block, RFC 8285 section 4.2 */
            break;
        if (head >> 4 == id)
            found = length == 2 ? (int)get16(at) : -1;
        at += length;
    }
    return found;
}

/* Where the payload begins, 0 when the header is not ordinary; `*wide` becomes the transport-wide number or -1. */
static size_t payload_of(const unsigned char *packet, size_t size, unsigned id, int *wide)
{
    size_t start = HEADER;
    *wide = -1;
    if (size < HEADER || packet[0] & 0x2F) /* padding, contributing sources */
        return 0;
    if (!(packet[0] & 0x10))
        return start;
    if (size < start + 4 || get16(packet + start) != 0xBEDE)
        return 0;
    start += 4 + 4 * (size_t)get16(packet + start + 2);
    if (start > size)
        return 0;
    *wide = wide_number(packet + HEADER + 4, packet + start, id);
    return start;
}

static size_t vp8_frame(const unsigned char *data, size_t size)
{
    size_t at = 2;
    if (!(data[0] & 0x80))
        return 1;
    if (size < 2)
        return 2;
    if (data[1] & 0x80)
        at += size > at && data[at] & LONG_ID ? 2 : 1;
    return at + !!(data[1] & 0x40) + !!(data[1] & 0x30);
}

/* What a payload is, as codecs.Payload. */
enum { UNUSABLE, MEDIA, KEY_FRAME };

static int vp8(const unsigned char *data, size_t size)
{
    size_t frame = vp8_frame(data, size);
    if (frame >= size)
        return UNUSABLE;
    return data[0] & 0x10 && !(data[0] & 0x0F) && !(data[frame] & 1) ? KEY_FRAME : MEDIA;
}

static int h264_unit(unsigned kind)
{
    if (!kind || kind >= 24)
        return UNUSABLE;
    return kind == 5 || kind == 7 ? KEY_FRAME : MEDIA; /* IDR, SPS */
}

static int h264_aggregate(const unsigned char *data, size_t size) /* STAP-A, RFC 6184 section 5.7.1 */
{
    int found = UNUSABLE;
    for (size_t at = 1; at + 2 < size;) {
        size_t length = get16(data + at);
        at += 2;
        if (!length || length > size - at)
            return UNUSABLE;
        int unit = h264_unit(data[at] & 31);
        found = unit > found ? unit : found;
        at += length;
    }
    return found;
}

static int h264(const unsigned char *data, size_t size)
{
    unsigned kind = data[0] & 31;
    if (size < 2)
        return UNUSABLE;
    if (kind == 24)
        return h264_aggregate(data, size);
    if (kind != 28) /* FU-A, section 5.8 */
        return h264_unit(kind);
    if (size < 3)
        return UNUSABLE;
    return data[1] & 0x80 && (data[1] & 31) == 5 ? KEY_FRAME : MEDIA;
}

static int inspect(unsigned codec, const unsigned char *data, size_t size)
{
    if (!size)
        return UNUSABLE;
    return codec == VP8 ? vp8(data, size) : codec == H264 ? h264(data, size) : MEDIA;
}

static PyObject *plain(const unsigned char *packet, size_t start, size_t size, uint16_t running)
{
    unsigned char head[HEADER];
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)(HEADER + size - start));
    if (bytes == NULL)
        return NULL;
    unsigned char *to = (unsigned char *)PyBytes_AsString(bytes);
    memcpy(head, packet, HEADER);
    head[0] = 0x80;
    put16(head + 2, running);
    memcpy(to, head, HEADER);
    memcpy(to + HEADER, packet + start, size - start);
    return bytes;
}

typedef struct {
    unsigned running, id, codec;
    PyObject *packets, *numbers;
    unsigned long total;
    int odd;
} opening;

/* 1: taken; 0: refused or not ordinary, the train ends here; -1: an exception is set. */
static int take(void *context, unsigned char *packet, int size, opening *to)
{
    int wide, failed;
    if (fastpath_unprotect(context, packet, &size) || size < 0)
        return 0;
    size_t start = payload_of(packet, (size_t)size, to->id, &wide);
    to->odd = size;
    if (!start || inspect(to->codec, packet + start, (size_t)size - start) != MEDIA)
        return 0;
    PyObject *bytes = plain(packet, start, (size_t)size, (uint16_t)to->running++);
    failed = bytes == NULL || PyList_Append(to->packets, bytes) < 0;
    Py_XDECREF(bytes);
    if (!failed && wide >= 0) {
        PyObject *number = PyLong_FromLong(wide);
        failed = number == NULL || PyList_Append(to->numbers, number) < 0;
        Py_XDECREF(number);
    }
    to->total += (unsigned long)size;
    to->odd = 0;
    return failed ? -1 : 1;
}

static int take_train(void *context, const Py_buffer *memory, Py_ssize_t slot, Py_ssize_t first, PyObject *sizes,
                      opening *to)
{
    Py_ssize_t count = PyList_Size(sizes);
    if (slot <= 0 || first < 0 || first > memory->len / slot || count > memory->len / slot - first)
        return fastpath_refuse("train outside its memory");
    for (Py_ssize_t place = 0; place < count; place++) {
        long size = PyLong_AsLong(PyList_GetItem(sizes, place));
        if (size < HEADER || size > slot)
            return PyErr_Occurred() ? -1 : fastpath_refuse("size of a packet");
        int taken = take(context, (unsigned char *)memory->buf + (first + place) * slot, (int)size, to);
        if (taken <= 0)
            return taken;
    }
    return 0;
}

PyObject *fastpath_open_train(PyObject *self, PyObject *args)
{
    unsigned long long context;
    Py_buffer memory;
    Py_ssize_t slot, first;
    PyObject *sizes, *opened = NULL;
    opening to = {.packets = PyList_New(0), .numbers = PyList_New(0)};
    (void)self;
    if (to.packets != NULL && to.numbers != NULL &&
        PyArg_ParseTuple(args, "Kw*nnO!III:open_train", &context, &memory, &slot, &first, &PyList_Type, &sizes,
                         &to.running, &to.id, &to.codec)) {
        if (fastpath_unprotect == NULL || !context)
            fastpath_refuse(fastpath_unprotect == NULL ? "not bound" : "context");
        else if (take_train((void *)(uintptr_t)context, &memory, slot, first, sizes, &to) == 0)
            opened = Py_BuildValue("(OOki)", to.packets, to.numbers, to.total, to.odd);
        PyBuffer_Release(&memory);
    }
    Py_XDECREF(to.packets);
    Py_XDECREF(to.numbers);
    return opened;
}

/* ---- RTP headers: the same answers as rtp.parse ---- */

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
        return fastpath_refuse("extension");
    uint32_t profile = get16(packet + start);
    size_t end = start + 4 + 4 * (size_t)get16(packet + start + 2);
    if (end > size)
        return fastpath_refuse("extension");
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
        fastpath_refuse(size < HEADER ? "short" : "version");
        return NULL;
    }
    start += 4 * (packet[0] & 15);
    if (packet[0] & 0x10 && (start = extensions(packet, (size_t)start, size, &found)) < 0)
        goto done;
    if (packet[0] & 0x20)
        end = packet[size - 1] ? end - packet[size - 1] : -1;
    if (end < start) {
        fastpath_refuse("length");
        goto done;
    }
    header = PyObject_CallFunction(fastpath_header, "IIkknnO", (unsigned)packet[1], (unsigned)get16(packet + 2),
                                   (unsigned long)get32(packet + 4), (unsigned long)get32(packet + 8), start, end,
                                   found != NULL ? found : Py_None);
done:
    Py_XDECREF(found);
    return header;
}

PyObject *fastpath_parse(PyObject *self, PyObject *args)
{
    Py_buffer memory;
    Py_ssize_t size;
    PyObject *header = NULL;
    (void)self;
    if (!PyArg_ParseTuple(args, "y*n:parse", &memory, &size))
        return NULL;
    if (fastpath_header == NULL || size > memory.len)
        fastpath_refuse(fastpath_header == NULL ? "not bound" : "size");
    else
        header = parsed(memory.buf, size < 0 ? 0 : (size_t)size);
    PyBuffer_Release(&memory);
    return header;
}
