/* The media path where a compiler exists: reading trains of packets, decrypting them and making plain packets of the
 * ordinary ones, reading the headers of the others; laying out packets, rewriting, encrypting and sending them.
 *
 * Keys stay where they are: libsrtp's contexts and functions are those of pylibsrtp, handed in as addresses, so this
 * path and the one in Python share rollover counters and replay windows and can take turns packet by packet.
 * What an `audience` or a caller holds keeps contexts alive during a call.  Nothing is queued and no thread is started: when `fan_out` returns,
 * every packet has been given to the kernel or dropped.  The interpreter lock is released while packets are
 * encrypted and sent.  Every number that comes in is checked against the memory it points into.
 */
#include "_fastpath.h"

srtp_call fastpath_protect, fastpath_unprotect;
PyObject *fastpath_header;

int fastpath_refuse(const char *what)
{
    PyErr_SetString(PyExc_ValueError, what);
    return -1;
}

static PyObject *bind_to(PyObject *self, PyObject *args)
{
    unsigned long long sealing, opening;
    PyObject *type;
    (void)self;
    if (!PyArg_ParseTuple(args, "KKO:bind", &sealing, &opening, &type))
        return NULL;
    if (!sealing || !opening) {
        fastpath_refuse("address");
        return NULL;
    }
    fastpath_protect = (srtp_call)(uintptr_t)sealing;
    fastpath_unprotect = (srtp_call)(uintptr_t)opening;
    Py_INCREF(type);
    Py_XDECREF(fastpath_header);
    fastpath_header = type;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"bind", bind_to, METH_VARARGS,
     "bind(srtp_protect, srtp_unprotect, RtpHeader): the addresses of libsrtp's functions, the header's type."},
    {"fan_out", fastpath_fan_out, METH_VARARGS,
     "fan_out(fd, segments, packets, payload type, tag, codec, audience) -> None when everything went out, else"
     " (segments, [packets sent, ...], (blocked, failed, not encrypted))."},
    {"gather", fastpath_gather, METH_VARARGS,
     "gather({address: sockaddr}, [(keys, address, rewriting), ...]) -> audience, for fan_out; it keeps the keys alive."},
    {"open_train", fastpath_open_train, METH_VARARGS,
     "open_train(context, memory, slot, first, sizes, running number, id, codec) -> (packets, numbers, bytes, odd)."},
    {"parse", fastpath_parse, METH_VARARGS, "parse(packet, size) -> RtpHeader, as rtp.parse."},
    {"receive", fastpath_receive, METH_VARARGS,
     "receive(fd, memory, slot, {sockaddr: address}) -> (datagrams, [(address, ...), ...]), the rest as reading.Train;"
     " of an unknown address its sockaddr."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_fastpath", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit__fastpath(void)
{
    return PyModule_Create(&module);
}
