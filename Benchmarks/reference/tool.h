// What every reference program needs: a clock, numbers of its arguments, a body from a file, a sentence when it fails.
#ifndef TOOL_H
#define TOOL_H

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BODY_MAX = 64 * 1024, EXIT_USAGE = 64, EXIT_UNAVAILABLE = 69 };

__attribute__((noreturn, format(printf, 1, 2))) static inline void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputc('\n', stderr);
  exit(EXIT_UNAVAILABLE);
}

static inline uint64_t microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

/// A whole number from `low` to `high`; anything else ends the program.
static inline long number(const char *text, long low, long high) {
  char *end;
  long value = strtol(text, &end, 10);
  if (end == text || *end || value < low || value > high) {
    fprintf(stderr, "'%s' is not a number from %ld to %ld\n", text, low, high);
    exit(EXIT_USAGE);
  }
  return value;
}

/// Reads a file into `body`, of BODY_MAX + 1 bytes, and ends it with NUL; gives its length.
static inline size_t read_body(const char *path, char *body) {
  FILE *file = fopen(path, "rb");
  if (!file) fail("%s cannot be read", path);
  size_t length = fread(body, 1, BODY_MAX, file);
  fclose(file);
  body[length] = 0;
  return length;
}

#endif
