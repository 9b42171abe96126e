#define _GNU_SOURCE
#include "CLinux.h"
#include <pthread.h>

int cl_accept4(int listener) {
  return accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int cl_open(const char *path, int flags, unsigned int mode) {
  return open(path, flags | O_CLOEXEC, (mode_t)mode);
}

int cl_set_nonblocking(int fd, int on) {
  int flags = fcntl(fd, F_GETFL, 0);
  if (flags < 0) return -1;
  return fcntl(fd, F_SETFL, on ? (flags | O_NONBLOCK) : (flags & ~O_NONBLOCK));
}

int cl_set_thread_name(const char *name) { return pthread_setname_np(pthread_self(), name); }
