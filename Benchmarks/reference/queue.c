// What a round needs of a broker's queue. Prints one line of JSON.
//
//   queue PORT declare QUEUE classic|quorum   durable, as Beacongate would declare it
//   queue PORT delete QUEUE                   no error if there is none
//   queue PORT watch QUEUE SECONDS            logs in, reads a count from standard input, waits until that many lie there
//   queue PORT peek QUEUE                     the body of the first message, which stays
//   queue PORT count QUEUE                    takes all that lies there, and tells how many messages and events it was
#include "session.h"

enum { POLL_MICROSECONDS = 2000 };

static void declare(amqp_connection_state_t connection, amqp_bytes_t queue, const char *type) {
  amqp_table_entry_t quorum = {
      .key = amqp_cstring_bytes("x-queue-type"),
      .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("quorum")}};
  amqp_table_t arguments = {.num_entries = strcmp(type, "quorum") == 0, .entries = &quorum};
  amqp_queue_declare(connection, CHANNEL, queue, 0, 1, 0, 0, arguments);
  check_reply(amqp_get_rpc_reply(connection), "declare");
  printf("RESULT {}\n");
}

static void delete(amqp_connection_state_t connection, amqp_bytes_t queue) {
  amqp_queue_delete(connection, CHANNEL, queue, 0, 0);
  check_reply(amqp_get_rpc_reply(connection), "delete");
  printf("RESULT {}\n");
}

static uint32_t depth(amqp_connection_state_t connection, amqp_bytes_t queue) {
  amqp_queue_declare_ok_t *answer = amqp_queue_declare(connection, CHANNEL, queue, 1, 0, 0, 0, amqp_empty_table);
  check_reply(amqp_get_rpc_reply(connection), "ask for the depth");
  uint32_t messages = answer->message_count;
  amqp_maybe_release_buffers(connection);
  return messages;
}

/// Tells how long the messages took to be there, from the moment that the count was given.
static void watch(amqp_connection_state_t connection, amqp_bytes_t queue, uint64_t limit) {
  char line[32];
  if (!fgets(line, sizeof line, stdin)) fail("no count was given");
  line[strcspn(line, "\n")] = 0;
  uint32_t expected = (uint32_t)number(line, 0, UINT32_MAX);
  uint64_t start = microseconds(), elapsed = 0;
  uint32_t messages = depth(connection, queue);
  while (messages < expected && elapsed < limit) {
    struct timespec pause = {.tv_nsec = POLL_MICROSECONDS * 1000};
    nanosleep(&pause, NULL);
    messages = depth(connection, queue);
    elapsed = microseconds() - start;
  }
  printf("RESULT {\"messages\":%u,\"microseconds\":%llu}\n", messages, (unsigned long long)elapsed);
}

static void peek(amqp_connection_state_t connection, amqp_bytes_t queue) {
  check_reply(amqp_basic_get(connection, CHANNEL, queue, 0), "get");
  amqp_message_t message;
  check_reply(amqp_read_message(connection, CHANNEL, &message, 0), "read a message");
  printf("RESULT %.*s\n", (int)message.body.len, (char *)message.body.bytes);
  amqp_destroy_message(&message);
}

/// Events in a message: those of a pack, whose first line says how many, else one.
static uint64_t events(amqp_bytes_t body) {
  static const char opening[] = "log.v1.pack ";
  size_t length = sizeof opening - 1;
  if (body.len <= length || memcmp(body.bytes, opening, length) != 0) return 1;
  char digits[16] = {0};
  size_t rest = body.len - length < sizeof digits - 1 ? body.len - length : sizeof digits - 1;
  memcpy(digits, (char *)body.bytes + length, rest);
  return strtoull(digits, NULL, 10);
}

static void count_events(amqp_connection_state_t connection, amqp_bytes_t queue) {
  uint32_t messages = depth(connection, queue);
  uint64_t sum = 0;
  amqp_basic_consume(connection, CHANNEL, queue, amqp_empty_bytes, 0, 1, 0, amqp_empty_table);
  check_reply(amqp_get_rpc_reply(connection), "consume");
  for (uint32_t left = messages; left > 0; left--) {
    struct timeval limit = {.tv_sec = STEP_LIMIT_SECONDS};
    amqp_envelope_t envelope;
    check_reply(amqp_consume_message(connection, &envelope, &limit, 0), "take a message");
    sum += events(envelope.message.body);
    amqp_destroy_envelope(&envelope);
    amqp_maybe_release_buffers(connection);
  }
  printf("RESULT {\"messages\":%u,\"events\":%llu}\n", messages, (unsigned long long)sum);
}

int main(int count, char **arguments) {
  const char *command = count >= 4 ? arguments[2] : "";
  int watching = strcmp(command, "watch") == 0 && count == 5;
  int declaring = strcmp(command, "declare") == 0 && count == 5 &&
                  (strcmp(arguments[4], "classic") == 0 || strcmp(arguments[4], "quorum") == 0);
  int deleting = strcmp(command, "delete") == 0 && count == 4;
  int peeking = strcmp(command, "peek") == 0 && count == 4;
  int counting = strcmp(command, "count") == 0 && count == 4;
  if (!(watching || declaring || deleting || peeking || counting)) {
    fprintf(stderr, "queue PORT declare QUEUE classic|quorum | watch QUEUE SECONDS | delete|peek|count QUEUE\n");
    return EXIT_USAGE;
  }
  uint64_t limit = watching ? (uint64_t)number(arguments[4], 1, 600) * 1000000 : 0;
  amqp_connection_state_t connection = connected((int)number(arguments[1], 1, 65535));
  amqp_bytes_t queue = amqp_cstring_bytes(arguments[3]);
  if (declaring) declare(connection, queue, arguments[4]);
  if (deleting) delete(connection, queue);
  if (watching) watch(connection, queue, limit);
  if (peeking) peek(connection, queue);
  if (counting) count_events(connection, queue);
  disconnect(connection);
}
