// The reference of row P6 from RabbitMQ: takes COUNT messages of a queue, at most PREFETCH unsettled, and acks them in groups.
//
//   consumer PORT QUEUE COUNT PREFETCH
//
// Prints one line of JSON after the last ack. A silent broker ends it with status 69.
#include "session.h"

enum { COUNT_MAX = 100000000, PREFETCH_MAX = 65535 };

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "consumer PORT QUEUE COUNT PREFETCH\n");
    return EXIT_USAGE;
  }
  uint64_t wanted = (uint64_t)number(arguments[3], 1, COUNT_MAX);
  uint16_t prefetch = (uint16_t)number(arguments[4], 1, PREFETCH_MAX);
  uint64_t group = prefetch / 2 ? prefetch / 2 : 1;
  amqp_connection_state_t connection = connected((int)number(arguments[1], 1, 65535));
  amqp_basic_qos(connection, CHANNEL, 0, prefetch, 0);
  check_reply(amqp_get_rpc_reply(connection), "set the prefetch");

  uint64_t start = microseconds(), taken = 0;
  amqp_basic_consume(
      connection, CHANNEL, amqp_cstring_bytes(arguments[2]), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  check_reply(amqp_get_rpc_reply(connection), "consume");
  while (taken < wanted) {
    struct timeval limit = {.tv_sec = STEP_LIMIT_SECONDS};
    amqp_envelope_t envelope;
    amqp_maybe_release_buffers(connection);
    check_reply(amqp_consume_message(connection, &envelope, &limit, 0), "wait for a message");
    uint64_t tag = envelope.delivery_tag;
    amqp_destroy_envelope(&envelope);
    taken++;
    if (taken % group == 0 || taken == wanted) check_status(amqp_basic_ack(connection, CHANNEL, tag, 1), "ack");
  }
  uint64_t elapsed = microseconds() - start;
  disconnect(connection);
  printf("RESULT {\"messages\":%llu,\"microseconds\":%llu}\n", (unsigned long long)taken, (unsigned long long)elapsed);
}
