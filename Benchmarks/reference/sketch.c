// The least that row P1 asks for: requests are taken, a commit with its sync stores all that wait, and then they are answered 202.
// No JSON, no checks, no ids, no counters, no limits, no recovery, nothing that reads what is stored: what a gateway does beyond
// this is its price, and what this does not reach no gateway of its kind will.
//
//   sketch PORT FILE LOOPS
//
// One thread for each loop, with a listener and connections of its own, and one that writes. It serves until it is killed, and only
// clients that send a Content-Length, and nothing before they have their answer.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "store.h"

enum { LOOPS_MAX = 16, EVENTS = 256, REQUEST_MAX = 4096, WAITING_MAX = 4096, BACKLOG = 4096 };

struct loop;

struct connection {
  int fd;
  struct loop *loop;
  size_t filled, head, length;
  char request[REQUEST_MAX + 1];
};

/// Connections whose request waits for a commit, or for its answer.
struct list {
  struct connection *items[WAITING_MAX];
  int count;
};

struct loop {
  int epoll, listener, wakeup;
  pthread_mutex_t lock;
  struct list stored;
};

static struct loop loops[LOOPS_MAX];
static long loop_count;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_come = PTHREAD_COND_INITIALIZER;
static struct list waiting;

static const char answer[] =
    "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 79\r\n\r\n"
    "{\"status\":\"accepted\",\"id\":\"00000000-0000-0000-0000-000000000000\",\"stored\":\"on\"}";

static void append(struct list *list, struct connection *connection) {
  if (list->count == WAITING_MAX) fail("more than %d requests wait", WAITING_MAX);
  list->items[list->count++] = connection;
}

static void watch(struct loop *loop, int fd, void *whom) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = whom};
  if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) != 0) fail("epoll_ctl failed");
}

static void accept_all(struct loop *loop) {
  int fd, on = 1;
  while ((fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection) fail("no memory");
    connection->fd = fd;
    connection->loop = loop;
    watch(loop, fd, connection);
  }
}

/// True when a whole request has come.
static bool is_whole(struct connection *connection) {
  char *request = connection->request, *end = memmem(request, connection->filled, "\r\n\r\n", 4);
  if (!end) return false;
  request[connection->filled] = 0;
  char *field = strcasestr(request, "\r\ncontent-length:");
  connection->head = (size_t)(end - request) + 4;
  connection->length = field && field < end ? (size_t)atol(field + 17) : 0;
  return connection->filled >= connection->head + connection->length;
}

static void receive(struct connection *connection, struct list *turn) {
  ssize_t count = recv(connection->fd, connection->request + connection->filled, REQUEST_MAX - connection->filled, 0);
  if (count <= 0) {
    close(connection->fd);
    free(connection);
    return;
  }
  connection->filled += (size_t)count;
  if (is_whole(connection)) append(turn, connection);
}

/// Answers what has been stored.
static void answer_stored(struct loop *loop, struct list *stored) {
  uint64_t count;
  if (read(loop->wakeup, &count, sizeof count) < 0) return;
  pthread_mutex_lock(&loop->lock);
  memcpy(stored, &loop->stored, sizeof *stored);
  loop->stored.count = 0;
  pthread_mutex_unlock(&loop->lock);
  for (int index = 0; index < stored->count; index++) {
    struct connection *connection = stored->items[index];
    connection->filled = 0;
    (void)!send(connection->fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
  }
}

static void submit(struct list *turn) {
  if (turn->count == 0) return;
  pthread_mutex_lock(&lock);
  bool was_empty = waiting.count == 0;
  for (int index = 0; index < turn->count; index++) append(&waiting, turn->items[index]);
  pthread_mutex_unlock(&lock);
  if (was_empty) pthread_cond_signal(&has_come);
  turn->count = 0;
}

static void *serve(void *argument) {
  struct loop *loop = argument;
  struct list *turn = calloc(1, sizeof *turn), *stored = calloc(1, sizeof *stored);
  struct epoll_event events[EVENTS];
  if (!turn || !stored) fail("no memory");
  for (;;) {
    int count = epoll_wait(loop->epoll, events, EVENTS, -1);
    for (int index = 0; index < count; index++) {
      void *whom = events[index].data.ptr;
      if (whom == &loop->listener) accept_all(loop);
      else if (whom == &loop->wakeup) answer_stored(loop, stored);
      else receive(whom, turn);
    }
    submit(turn);
  }
}

static void run(sqlite3_stmt *statement) {
  check(sqlite3_step(statement), "step");
  check(sqlite3_reset(statement), "reset");
}

/// Tells each loop once which of its requests are stored.
static void tell(const struct list *list) {
  for (long number = 0; number < loop_count; number++) {
    struct loop *loop = &loops[number];
    pthread_mutex_lock(&loop->lock);
    bool was_empty = loop->stored.count == 0;
    for (int index = 0; index < list->count; index++)
      if (list->items[index]->loop == loop) append(&loop->stored, list->items[index]);
    bool wakes = was_empty && loop->stored.count > 0;
    pthread_mutex_unlock(&loop->lock);
    uint64_t one = 1;
    if (wakes) (void)!write(loop->wakeup, &one, sizeof one);
  }
}

/// All that have come share a row and a commit.
__attribute__((noreturn)) static void store(void) {
  static struct list list;
  static char row[(size_t)WAITING_MAX * REQUEST_MAX];
  sqlite3_stmt *begin = prepared("BEGIN IMMEDIATE"), *commit = prepared("COMMIT");
  sqlite3_stmt *insert = prepared("INSERT INTO rows(bodies) VALUES (?)");
  for (;;) {
    pthread_mutex_lock(&lock);
    while (waiting.count == 0) pthread_cond_wait(&has_come, &lock);
    memcpy(&list, &waiting, sizeof list);
    waiting.count = 0;
    pthread_mutex_unlock(&lock);
    size_t length = 0;
    for (int index = 0; index < list.count; index++) {
      struct connection *connection = list.items[index];
      memcpy(row + length, connection->request + connection->head, connection->length);
      length += connection->length;
    }
    run(begin);
    check(sqlite3_bind_blob(insert, 1, row, (int)length, SQLITE_STATIC), "bind");
    run(insert);
    run(commit);
    tell(&list);
  }
}

static void open_database(const char *path) {
  check(sqlite3_open(path, &database), "open");
  execute("PRAGMA page_size=8192; PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
  execute("CREATE TABLE rows(number INTEGER PRIMARY KEY, bodies BLOB NOT NULL)");
}

static void listen_at(struct loop *loop, long port) {
  struct sockaddr_in address = {
      .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int on = 1;
  loop->epoll = epoll_create1(0);
  loop->wakeup = eventfd(0, EFD_NONBLOCK);
  loop->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (loop->epoll < 0 || loop->wakeup < 0 || loop->listener < 0) fail("no descriptor");
  pthread_mutex_init(&loop->lock, NULL);
  setsockopt(loop->listener, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(loop->listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(loop->listener, BACKLOG) != 0)
    fail("port %ld is not free", port);
  watch(loop, loop->listener, &loop->listener);
  watch(loop, loop->wakeup, &loop->wakeup);
}

int main(int count, char **arguments) {
  if (count != 4) {
    fprintf(stderr, "sketch PORT FILE LOOPS\n");
    return EXIT_USAGE;
  }
  long port = number(arguments[1], 1, 65535);
  loop_count = number(arguments[3], 1, LOOPS_MAX);
  open_database(arguments[2]);
  for (long index = 0; index < loop_count; index++) listen_at(&loops[index], port);
  pthread_t thread;
  for (long index = 0; index < loop_count; index++)
    if (pthread_create(&thread, NULL, serve, &loops[index]) != 0) fail("no thread");
  store();
}
