// The reference of rows P2 and P4: publishes one body again and again with confirms, at most WINDOW unconfirmed at a time.
//
//   publisher PORT QUEUE WINDOW SECONDS BODY-FILE
//
// A message has what Beacongate's have: persistent, mandatory, the same properties, its own id in the body and as message_id.
// Prints one line of JSON once the last confirm is in. A return, a nack or a silent broker ends it with status 69.
#include "session.h"

enum {
  WINDOW_MAX = 32768,
  // Between the oldest unconfirmed tag and the next one; confirms may come out of order.
  SPAN_MAX = 2 * WINDOW_MAX,
  SAMPLES_MAX = 4 * 1024 * 1024,
  ID_LENGTH = 36,
  COUNTER_DIGITS = 12
};

static struct {
  uint64_t next, oldest, unconfirmed;
  uint64_t published_at[SPAN_MAX];  // 0: confirmed
  uint32_t latencies[SAMPLES_MAX];
  size_t samples;
} ledger = {.next = 1, .oldest = 1};

static void confirm(uint64_t tag, uint64_t now) {
  uint64_t *published_at = &ledger.published_at[tag % SPAN_MAX];
  if (tag < ledger.oldest || tag >= ledger.next || *published_at == 0) return;
  if (ledger.samples < SAMPLES_MAX) ledger.latencies[ledger.samples++] = (uint32_t)(now - *published_at);
  *published_at = 0;
  ledger.unconfirmed--;
}

static void acked(const amqp_basic_ack_t *ack) {
  uint64_t now = microseconds();
  if (ack->multiple) {
    uint64_t last = ack->delivery_tag ? ack->delivery_tag : ledger.next - 1;
    for (uint64_t tag = ledger.oldest; tag <= last && tag < ledger.next; tag++) confirm(tag, now);
  } else {
    confirm(ack->delivery_tag, now);
  }
  while (ledger.oldest < ledger.next && ledger.published_at[ledger.oldest % SPAN_MAX] == 0) ledger.oldest++;
}

static void receive(amqp_connection_state_t connection) {
  struct timeval limit = {.tv_sec = STEP_LIMIT_SECONDS};
  amqp_frame_t frame;
  check_status(amqp_simple_wait_frame_noblock(connection, &frame, &limit), "wait for a confirm");
  if (frame.frame_type == AMQP_FRAME_HEARTBEAT) return;
  if (frame.frame_type != AMQP_FRAME_METHOD) fail("a frame of type %d came", frame.frame_type);
  if (frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
    fail("%s came instead of a confirm", amqp_method_name(frame.payload.method.id));
  acked(frame.payload.method.decoded);
}

/// Waits for one frame, takes what else has arrived, and gives the memory back.
static void receive_all(amqp_connection_state_t connection) {
  do receive(connection);
  while (amqp_frames_enqueued(connection) || amqp_data_in_buffer(connection));
  amqp_maybe_release_buffers(connection);
}

struct message {
  amqp_bytes_t queue, body;
  char *id;
  amqp_basic_properties_t properties;
  amqp_table_entry_t attempt;
};

/// Reads the body and finds the id in it, which every message rewrites in place.
static void prepare(struct message *message, const char *queue, const char *path) {
  static char body[BODY_MAX + 1];
  size_t length = read_body(path, body);
  char *id = strstr(body, "\"id\":\"");
  char *program = strstr(body, "\"program_name\":\"");
  if (!id || !program || strlen(id) < 6 + ID_LENGTH) fail("%s is no queue message", path);
  program += strlen("\"program_name\":\"");
  message->id = id + 6;
  message->queue = amqp_cstring_bytes(queue);
  message->body = (amqp_bytes_t){.len = length, .bytes = body};
  message->attempt = (amqp_table_entry_t){
      .key = amqp_cstring_bytes("x-attempt"), .value = {.kind = AMQP_FIELD_KIND_I32, .value.i32 = 0}};
  message->properties = (amqp_basic_properties_t){
      ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG |
                AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_APP_ID_FLAG,
      .content_type = amqp_cstring_bytes("application/json"),
      .headers = {.num_entries = 1, .entries = &message->attempt},
      .delivery_mode = AMQP_DELIVERY_PERSISTENT,
      .message_id = {.len = ID_LENGTH, .bytes = message->id},
      .timestamp = (uint64_t)time(NULL),
      .type = amqp_cstring_bytes("log.v1"),
      .app_id = {.len = strcspn(program, "\""), .bytes = program}};
}

static void publish(amqp_connection_state_t connection, struct message *message) {
  uint64_t counter = ledger.next;
  for (int digit = ID_LENGTH - 1; digit >= ID_LENGTH - COUNTER_DIGITS; digit--, counter >>= 4)
    message->id[digit] = "0123456789abcdef"[counter & 15];
  ledger.published_at[ledger.next % SPAN_MAX] = microseconds();
  ledger.next++;
  ledger.unconfirmed++;
  check_status(
      amqp_basic_publish(
          connection, CHANNEL, amqp_empty_bytes, message->queue, 1, 0, &message->properties, message->body),
      "publish");
}

static int ascending(const void *left, const void *right) {
  uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
  return (a > b) - (a < b);
}

static uint32_t percentile(double share) {
  return ledger.samples ? ledger.latencies[(size_t)((double)(ledger.samples - 1) * share)] : 0;
}

int main(int count, char **arguments) {
  if (count != 6) {
    fprintf(stderr, "publisher PORT QUEUE WINDOW SECONDS BODY-FILE\n");
    return EXIT_USAGE;
  }
  uint64_t window = (uint64_t)number(arguments[3], 1, WINDOW_MAX);
  uint64_t limit = (uint64_t)number(arguments[4], 1, 60) * 1000000;
  static struct message message;
  prepare(&message, arguments[2], arguments[5]);
  amqp_connection_state_t connection = connected((int)number(arguments[1], 1, 65535));
  amqp_confirm_select(connection, CHANNEL);
  check_reply(amqp_get_rpc_reply(connection), "select confirms");

  uint64_t start = microseconds();
  while (microseconds() - start < limit) {
    while (ledger.unconfirmed < window && ledger.next - ledger.oldest < SPAN_MAX) publish(connection, &message);
    receive_all(connection);
  }
  while (ledger.unconfirmed) receive_all(connection);
  uint64_t elapsed = microseconds() - start;
  disconnect(connection);

  qsort(ledger.latencies, ledger.samples, sizeof *ledger.latencies, ascending);
  printf("RESULT {\"messages\":%llu,\"microseconds\":%llu,\"p50\":%u,\"p99\":%u,\"max\":%u}\n",
         (unsigned long long)(ledger.next - 1), (unsigned long long)elapsed, percentile(0.5), percentile(0.99),
         percentile(1));
}
