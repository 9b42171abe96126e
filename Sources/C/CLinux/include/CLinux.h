#pragma once
/* What Swift's Glibc module does not export, and the variadic calls that Swift cannot make. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <fcntl.h>
#include <unistd.h>

/* accept4(2): the connection is non-blocking and closed on exec. */
int cl_accept4(int listener);
/* open(2) with a mode; O_CLOEXEC is added. */
int cl_open(const char *path, int flags, unsigned int mode);
/* Sets or clears O_NONBLOCK. */
int cl_set_nonblocking(int fd, int on);
/* The calling thread's name as the kernel shows it (at most 15 bytes). */
int cl_set_thread_name(const char *name);
