// One connection to a broker on this machine, for the reference programs. Any failure ends the program with a sentence.
#ifndef SESSION_H
#define SESSION_H

#include <amqp.h>
#include <amqp_tcp_socket.h>

#include "tool.h"

enum { CHANNEL = 1, STEP_LIMIT_SECONDS = 10 };

static inline void check_status(int status, const char *step) {
  if (status < 0) fail("%s: %s", step, amqp_error_string2(status));
}

static inline void check_reply(amqp_rpc_reply_t reply, const char *step) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) fail("%s: %s", step, amqp_error_string2(reply.library_error));
  if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
    amqp_channel_close_t *closed = reply.reply.decoded;
    fail("%s: %d %.*s", step, closed->reply_code, (int)closed->reply_text.len, (char *)closed->reply_text.bytes);
  }
  fail("%s: the broker closed the connection", step);
}

/// Logs in as guest and opens the one channel.
static inline amqp_connection_state_t connected(int port) {
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = amqp_tcp_socket_new(connection);
  struct timeval limit = {.tv_sec = STEP_LIMIT_SECONDS};
  check_status(amqp_set_handshake_timeout(connection, &limit), "limit of the handshake");
  check_status(amqp_set_rpc_timeout(connection, &limit), "limit of a call");
  check_status(amqp_socket_open_noblock(socket, "127.0.0.1", port, &limit), "connect");
  check_reply(
      amqp_login(connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"), "log in");
  amqp_channel_open(connection, CHANNEL);
  check_reply(amqp_get_rpc_reply(connection), "open a channel");
  return connection;
}

static inline void disconnect(amqp_connection_state_t connection) {
  check_reply(amqp_connection_close(connection, AMQP_REPLY_SUCCESS), "close");
  check_status(amqp_destroy_connection(connection), "close");
}

#endif
