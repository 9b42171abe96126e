#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* Macros that Swift cannot read. */
static const uint64_t cl_ssl_server_options = SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                              SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_IGNORE_UNEXPECTED_EOF;
static const uint64_t cl_ssl_no_ticket = SSL_OP_NO_TICKET;
/* RFC 2253, whose escapes RFC 4514 has kept; UTF-8 as it is. */
static const unsigned long cl_name_flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
