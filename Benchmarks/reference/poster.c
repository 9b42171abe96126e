// The reference of row P6: libcurl's multi interface alone. Posts one body EVENTS times, IN-FLIGHT calls at a time, over
// connections that stay open.
//
//   poster PORT EVENTS IN-FLIGHT BODY-FILE
//
// Prints one line of JSON after the last answer. An answer that is not 200 ends it with status 69.
#include <curl/curl.h>

#include "tool.h"

enum { EVENTS_MAX = 100000000, IN_FLIGHT_MAX = 1024, POLL_MILLISECONDS = 1000, CALL_LIMIT_SECONDS = 10 };

static void check(CURLMcode code, const char *step) {
  if (code != CURLM_OK) fail("%s: %s", step, curl_multi_strerror(code));
}

static size_t discard(char *bytes, size_t size, size_t count, void *context) {
  (void)bytes, (void)context;
  return size * count;
}

static CURL *call(const char *url, struct curl_slist *headers, const char *body, size_t length) {
  CURL *easy = curl_easy_init();
  if (!easy) fail("a handle could not be made");
  curl_easy_setopt(easy, CURLOPT_URL, url);
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_POST, 1L);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)length);
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)CALL_LIMIT_SECONDS);
  return easy;
}

/// Takes the answers that are in; each handle goes on with the next event while there are any. Gives how many are done.
static long settle(CURLM *multi, long *unsent) {
  long done = 0;
  int left;
  for (CURLMsg *message; (message = curl_multi_info_read(multi, &left));) {
    CURL *easy = message->easy_handle;
    if (message->data.result != CURLE_OK) fail("a call failed: %s", curl_easy_strerror(message->data.result));
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) fail("a call was answered %ld", status);
    done++;
    check(curl_multi_remove_handle(multi, easy), "remove");
    if (*unsent == 0) continue;
    (*unsent)--;
    check(curl_multi_add_handle(multi, easy), "add");
  }
  return done;
}

int main(int count, char **arguments) {
  if (count != 5) {
    fprintf(stderr, "poster PORT EVENTS IN-FLIGHT BODY-FILE\n");
    return EXIT_USAGE;
  }
  char url[64];
  snprintf(url, sizeof url, "http://127.0.0.1:%ld/", number(arguments[1], 1, 65535));
  long events = number(arguments[2], 1, EVENTS_MAX), in_flight = number(arguments[3], 1, IN_FLIGHT_MAX);
  static char body[BODY_MAX + 1];
  size_t length = read_body(arguments[4], body);
  curl_global_init(CURL_GLOBAL_ALL);
  CURLM *multi = curl_multi_init();
  // As many connections stay open as calls are in flight.
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, in_flight);
  struct curl_slist *headers = NULL;
  for (const char **header = (const char *[]){"Content-Type: application/json", "User-Agent: poster", "Expect:",
                                              "Idempotency-Key: 019ab0f5-4e2c-7d31-9f80-000000000000", NULL};
       *header; header++)
    headers = curl_slist_append(headers, *header);

  uint64_t start = microseconds();
  long unsent = events, done = 0;
  for (long index = 0; index < in_flight && unsent > 0; index++, unsent--)
    check(curl_multi_add_handle(multi, call(url, headers, body, length)), "add");
  while (done < events) {
    int running;
    check(curl_multi_perform(multi, &running), "perform");
    long settled = settle(multi, &unsent);
    done += settled;
    if (settled == 0) check(curl_multi_poll(multi, NULL, 0, POLL_MILLISECONDS, NULL), "poll");
  }
  uint64_t elapsed = microseconds() - start;
  printf("RESULT {\"messages\":%ld,\"microseconds\":%llu}\n", done, (unsigned long long)elapsed);
}
