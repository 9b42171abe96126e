#pragma once
/* libcurl, and typed doors to its variadic calls, which Swift cannot make. */
#include <curl/curl.h>

typedef size_t (*cc_receive)(char *bytes, size_t size, size_t count, void *context);

static inline CURLcode cc_easy_set_long(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}

/* libcurl copies the string, for every option that takes one but CURLOPT_POSTFIELDS. */
static inline CURLcode cc_easy_set_string(CURL *easy, CURLoption option, const char *value) {
  return curl_easy_setopt(easy, option, value);
}

/* Not copied: the handle must outlive every transfer that begins with it. It goes before CURLOPT_URL. */
static inline CURLcode cc_easy_set_parsed_url(CURL *easy, CURLU *url) {
  return curl_easy_setopt(easy, CURLOPT_CURLU, url);
}

/* Not copied: bytes and lines must outlive the transfer. */
static inline CURLcode cc_easy_set_body(CURL *easy, const void *bytes, long long count) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)count);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_POSTFIELDS, bytes);
}

static inline CURLcode cc_easy_set_headers(CURL *easy, struct curl_slist *lines) {
  return curl_easy_setopt(easy, CURLOPT_HTTPHEADER, lines);
}

static inline CURLcode cc_easy_set_header_function(CURL *easy, cc_receive function, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, function);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_HEADERDATA, context);
}

static inline CURLcode cc_easy_set_write_function(CURL *easy, cc_receive function, void *context) {
  CURLcode code = curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, function);
  return code != CURLE_OK ? code : curl_easy_setopt(easy, CURLOPT_WRITEDATA, context);
}

static inline CURLcode cc_easy_set_private(CURL *easy, void *context) {
  return curl_easy_setopt(easy, CURLOPT_PRIVATE, context);
}

/* 0 when there is no answer. */
static inline long cc_easy_status(CURL *easy) {
  long status = 0;
  return curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK ? status : 0;
}

/* X509_V_…; 0 when the certificate's chain was not what failed. */
static inline long cc_easy_verify_result(CURL *easy) {
  long result = 0;
  return curl_easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &result) == CURLE_OK ? result : 0;
}

static inline void *cc_easy_private(CURL *easy) {
  void *context = NULL;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &context);
  return context;
}

static inline CURLMcode cc_multi_set_long(CURLM *multi, CURLMoption option, long value) {
  return curl_multi_setopt(multi, option, value);
}

/* One finished transfer: its handle and result, or NULL. */
static inline CURL *cc_multi_finished(CURLM *multi, CURLcode *result) {
  int left = 0;
  CURLMsg *message;
  while ((message = curl_multi_info_read(multi, &left)) != NULL) {
    if (message->msg != CURLMSG_DONE) continue;
    *result = message->data.result;
    return message->easy_handle;
  }
  return NULL;
}
