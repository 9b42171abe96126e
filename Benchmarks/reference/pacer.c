// Posts the same event at a fixed rate, whatever the answers do: an open loop. What is due while no connection has a place free
// waits, and its latency counts from when it was due. A line on standard input ends it before SECONDS have passed.
//
//   pacer PORT RATE SECONDS CONNECTIONS DEPTH BODY-FILE [ADDRESS]
//
// A connection carries at most DEPTH requests at a time, pipelined. With ADDRESS each begins with a PROXY header that names it.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tool.h"

enum {
  RATE_MAX = 500 * 1000,
  SECONDS_MAX = 1200,
  CONNECTIONS_MAX = 9000,
  DEPTH_MAX = 64,
  // Requests that are written to a connection at once.
  BURST = 8,
  ANSWER_MAX = 16 * 1024,
  GRACE_MICROSECONDS = 10 * 1000 * 1000,
  EVENTS = 512,
};

struct connection {
  int fd;
  bool is_open, waits_to_write;
  /// Requests under way: when each was due and when it was handed to the socket, from `first` on.
  uint64_t due[DEPTH_MAX], sent[DEPTH_MAX];
  int first, count;
  /// Requests that are still to be written, and how much of the first one is; before them the rest of the PROXY header.
  int owed;
  size_t offset, greeting_left;
  size_t filled;
  char answer[ANSWER_MAX];
};

struct latencies {
  uint32_t *values;
  size_t count, room;
};

static struct connection *connections;
static long port, connection_count, depth;
static int epoll;
static char request[BODY_MAX + 1024], greeting[128];
static size_t request_length, greeting_length;
static struct latencies accepted, refused;
static long sent_count, lost, unexpected, without_retry_after, accepted_in_time;
static uint64_t end_time;

static void note(struct latencies *list, uint64_t value) {
  if (list->count == list->room) {
    list->room = list->room ? list->room * 2 : 1 << 16;
    list->values = realloc(list->values, list->room * sizeof *list->values);
    if (!list->values) fail("no memory");
  }
  list->values[list->count++] = value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static int ordered(const void *a, const void *b) {
  uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
  return x < y ? -1 : x > y;
}

/// The value that `share` of the list is not above; 0 for none.
static uint32_t quantile(struct latencies *list, double share) {
  if (list->count == 0) return 0;
  size_t index = (size_t)(share * (double)(list->count - 1) + 0.5);
  return list->values[index];
}

static void watch(struct connection *one, int operation) {
  struct epoll_event event = {.events = EPOLLIN | (one->waits_to_write ? EPOLLOUT : 0), .data.ptr = one};
  if (epoll_ctl(epoll, operation, one->fd, &event) != 0) fail("epoll_ctl: %s", strerror(errno));
}

static void open_connection(struct connection *one) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (fd < 0) fail("socket: %s; is ulimit -n high enough?", strerror(errno));
  int yes = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0 && errno != EINPROGRESS) fail("connect: %s", strerror(errno));
  *one = (struct connection){.fd = fd, .waits_to_write = true, .greeting_left = greeting_length};
  watch(one, EPOLL_CTL_ADD);
}

static void reopen(struct connection *one) {
  lost += one->count;
  close(one->fd);
  open_connection(one);
}

/// Writes what is owed; false if the connection is gone.
static bool write_owed(struct connection *one) {
  while (one->greeting_left > 0 || one->owed > 0) {
    struct iovec parts[BURST + 1];
    int used = 0;
    if (one->greeting_left > 0)
      parts[used++] = (struct iovec){greeting + greeting_length - one->greeting_left, one->greeting_left};
    for (int index = 0; index < one->owed && index < BURST; index++) {
      size_t skipped = index == 0 ? one->offset : 0;
      parts[used++] = (struct iovec){request + skipped, request_length - skipped};
    }
    ssize_t written = writev(one->fd, parts, used);
    if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (written < 0) return false;
    size_t left = (size_t)written;
    size_t greeted = left < one->greeting_left ? left : one->greeting_left;
    one->greeting_left -= greeted;
    one->offset += left - greeted;
    one->owed -= (int)(one->offset / request_length);
    one->offset %= request_length;
  }
  bool waits = one->greeting_left > 0 || one->owed > 0;
  if (waits != one->waits_to_write) {
    one->waits_to_write = waits;
    watch(one, EPOLL_CTL_MOD);
  }
  return true;
}

/// Takes whole answers; false if the connection is to be closed.
static bool take_answers(struct connection *one, uint64_t now) {
  size_t start = 0;
  bool goes_on = true;
  while (goes_on) {
    one->answer[one->filled] = 0;
    char *head = one->answer + start, *end = strstr(head, "\r\n\r\n");
    if (!end) break;
    *end = 0;
    long length = 0;
    char *field = strcasestr(head, "\r\ncontent-length:");
    if (field) length = strtol(field + 17, NULL, 10);
    *end = '\r';
    size_t total = (size_t)(end - head) + 4 + (size_t)length;
    if (one->filled - start < total) break;
    if (one->count == 0) fail("an answer that nobody asked for: %.80s", head);
    int status = atoi(head + 9);
    uint64_t due = one->due[one->first], sent = one->sent[one->first];
    one->first = (one->first + 1) % DEPTH_MAX;
    one->count--;
    *end = 0;
    if (status == 202) {
      note(&accepted, now - due);
      if (now <= end_time) accepted_in_time++;
    } else if (status == 503 || status == 429) {
      note(&refused, now - sent);
      if (!strcasestr(head, "\r\nretry-after:")) without_retry_after++;
    } else {
      unexpected++;
    }
    goes_on = !strcasestr(head, "\r\nconnection: close");
    start += total;
  }
  memmove(one->answer, one->answer + start, one->filled - start);
  one->filled -= start;
  return goes_on;
}

static void ready(struct connection *one, uint32_t events) {
  if (events & EPOLLIN) {
    ssize_t count = read(one->fd, one->answer + one->filled, ANSWER_MAX - 1 - one->filled);
    if (count == 0 || (count < 0 && errno != EAGAIN)) return reopen(one);
    if (count > 0) {
      one->filled += (size_t)count;
      if (!take_answers(one, microseconds())) return reopen(one);
    }
  }
  if (events & (EPOLLERR | EPOLLHUP)) return reopen(one);
  if (events & EPOLLOUT) {
    one->is_open = true;
    if (!write_owed(one)) reopen(one);
  }
}

/// Hands requests that are due from `first` on to a connection; how many it took.
static long give(struct connection *one, long first, long due_count, uint64_t start, double interval, uint64_t now) {
  long given = 0;
  while (given < due_count && given < BURST && one->count < depth) {
    int place = (one->first + one->count) % DEPTH_MAX;
    one->due[place] = start + (uint64_t)((double)(first + given) * interval);
    one->sent[place] = now;
    one->count++;
    one->owed++;
    given++;
  }
  if (given > 0 && !one->waits_to_write && !write_owed(one)) reopen(one);
  return given;
}

/// The end of standard input, which is no line, ends nothing.
static bool is_told_to_end(void) {
  char line[8];
  ssize_t length = read(STDIN_FILENO, line, sizeof line);
  if (length <= 0) epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
  return length > 0;
}

int main(int count, char **arguments) {
  if (count != 7 && count != 8) {
    fprintf(stderr, "pacer PORT RATE SECONDS CONNECTIONS DEPTH BODY-FILE [ADDRESS]\n");
    return EXIT_USAGE;
  }
  port = number(arguments[1], 1, 65535);
  long rate = number(arguments[2], 1, RATE_MAX), seconds = number(arguments[3], 1, SECONDS_MAX);
  connection_count = number(arguments[4], 1, CONNECTIONS_MAX);
  depth = number(arguments[5], 1, DEPTH_MAX);
  static char body[BODY_MAX + 1];
  size_t length = read_body(arguments[6], body);
  request_length = (size_t)snprintf(
      request, sizeof request,
      "POST /log HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %zu\r\n\r\n%s", length, body);
  if (count == 8)
    greeting_length = (size_t)snprintf(greeting, sizeof greeting, "PROXY TCP4 %s 127.0.0.1 40000 80\r\n", arguments[7]);

  epoll = epoll_create1(0);
  connections = calloc((size_t)connection_count, sizeof *connections);
  if (!connections) fail("no memory");
  for (long index = 0; index < connection_count; index++) open_connection(&connections[index]);
  struct epoll_event events[EVENTS];
  for (long open = 0; open < connection_count;) {
    int found = epoll_wait(epoll, events, EVENTS, 5000);
    if (found <= 0) fail("only %ld connections could be opened", open);
    for (int index = 0; index < found; index++) {
      struct connection *one = events[index].data.ptr;
      bool was_open = one->is_open;
      ready(one, events[index].events);
      open += one->is_open && !was_open;
    }
  }

  // Without a connection; where standard input is a file nobody can tell anything.
  struct epoll_event told = {.events = EPOLLIN};
  epoll_ctl(epoll, EPOLL_CTL_ADD, STDIN_FILENO, &told);
  uint64_t start = microseconds();
  end_time = start + (uint64_t)seconds * 1000000;
  double interval = 1e6 / (double)rate;
  long total = rate * seconds, cursor = 0;
  for (;;) {
    uint64_t now = microseconds();
    if (now >= end_time) break;
    long due = (long)((double)(now - start) / interval) + 1 - sent_count;
    if (due > total - sent_count) due = total - sent_count;
    for (long looked = 0; due > 0 && looked < connection_count; looked++) {
      struct connection *one = &connections[cursor];
      cursor = (cursor + 1) % connection_count;
      if (!one->is_open || one->count >= depth) continue;
      long given = give(one, sent_count, due, start, interval, now);
      sent_count += given;
      due -= given;
    }
    uint64_t next = start + (uint64_t)((double)sent_count * interval);
    int wait = due > 0 ? 1 : next > now + 1000 ? (int)((next - now) / 1000) : 0;
    int found = epoll_wait(epoll, events, EVENTS, wait);
    for (int index = 0; index < found; index++) {
      if (events[index].data.ptr) {
        ready(events[index].data.ptr, events[index].events);
      } else if (is_told_to_end()) {
        end_time = microseconds();
      }
    }
  }
  epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
  uint64_t patience = microseconds() + GRACE_MICROSECONDS;
  for (;;) {
    long under_way = 0;
    for (long index = 0; index < connection_count; index++) under_way += connections[index].count;
    if (under_way == 0) break;
    if (microseconds() > patience) {
      lost += under_way;
      break;
    }
    int found = epoll_wait(epoll, events, EVENTS, 10);
    for (int index = 0; index < found; index++) ready(events[index].data.ptr, events[index].events);
  }
  qsort(accepted.values, accepted.count, sizeof *accepted.values, ordered);
  qsort(refused.values, refused.count, sizeof *refused.values, ordered);
  printf(
      "RESULT {\"messages\":%zu,\"in_time\":%ld,\"microseconds\":%ld,\"due\":%ld,\"sent\":%ld,\"lost\":%ld,\"unexpected\":%ld,"
      "\"p50\":%u,\"p99\":%u,\"max\":%u,\"refused\":%zu,\"refused_p50\":%u,\"refused_p99\":%u,\"refused_max\":%u,\"without_retry_after\":%ld}\n",
      accepted.count, accepted_in_time, (long)(end_time - start), total, sent_count, lost, unexpected, quantile(&accepted, 0.5),
      quantile(&accepted, 0.99), quantile(&accepted, 1), refused.count, quantile(&refused, 0.5), quantile(&refused, 0.99),
      quantile(&refused, 1), without_retry_after);
}
