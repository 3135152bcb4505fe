/* What the parts of the compiled media path share; see _fastpath.c. */
#ifndef MEDIATION_FASTPATH_H
#define MEDIATION_FASTPATH_H

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

enum {
    HEADER = 12,    /* bytes of a plain RTP header */
    LONG_ID = 0x80, /* the M bit in front of a 15-bit PictureID, RFC 7741 section 4.2 */
    VP8 = 1,        /* the numbers of `codecs.CODECS` */
    H264 = 2
};

typedef int (*srtp_call)(void *context, void *packet, int *length);

extern srtp_call fastpath_protect, fastpath_unprotect;
extern PyObject *fastpath_header; /* the type RtpHeader */

/* -1 with a ValueError set. */
int fastpath_refuse(const char *what);

PyObject *fastpath_fan_out(PyObject *self, PyObject *args);
PyObject *fastpath_gather(PyObject *self, PyObject *args);
PyObject *fastpath_open_train(PyObject *self, PyObject *args);
PyObject *fastpath_parse(PyObject *self, PyObject *args);
PyObject *fastpath_receive(PyObject *self, PyObject *args);

static inline uint32_t get16(const unsigned char *at)
{
    return (uint32_t)at[0] << 8 | at[1];
}

static inline uint32_t get32(const unsigned char *at)
{
    return get16(at) << 16 | get16(at + 2);
}

static inline void put16(unsigned char *at, uint16_t value)
{
    at[0] = (unsigned char)(value >> 8);
    at[1] = (unsigned char)value;
}

static inline void put32(unsigned char *at, uint32_t value)
{
    put16(at, (uint16_t)(value >> 16));
    put16(at + 2, (uint16_t)value);
}

#endif
