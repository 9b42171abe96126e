#include "Walk.h"

#include "Names.h"
#include "Strings.h"

#include <string.h>

namespace csj {
namespace {

bool is_blank(uint8_t byte) noexcept { return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t'; }
bool is_digit(uint8_t byte) noexcept { return uint8_t(byte - '0') < 10; }

/// The end of the number at `from` (RFC 8259 §6), or null. The text ends in a byte that is no digit.
const uint8_t *number_end(const uint8_t *from) noexcept {
  if (*from == '-') from++;
  if (!is_digit(*from)) return nullptr;
  if (*from++ != '0') while (is_digit(*from)) from++;
  if (*from == '.') {
    if (!is_digit(*++from)) return nullptr;
    while (is_digit(*from)) from++;
  }
  if ((*from | 0x20) == 'e') {
    from++;
    if (*from == '+' || *from == '-') from++;
    if (!is_digit(*from)) return nullptr;
    while (is_digit(*from)) from++;
  }
  return from;
}

uint8_t kind_of(uint8_t first) noexcept {
  switch (first) {
  case '"': return CSJ_STRING;
  case '{': return CSJ_OBJECT_VALUE;
  case '[': return CSJ_ARRAY_VALUE;
  case 't': case 'f': return CSJ_BOOL;
  case 'n': return CSJ_NULL;
  default: return CSJ_NUMBER;
  }
}

void put(uint8_t *&out, const uint8_t *from, const uint8_t *end) noexcept {
  size_t length = size_t(end - from);
  if (out != from) memmove(out, from, length);
  out += length;
}

} // namespace

bool Walk::fail(uint8_t problem, const uint8_t *at) noexcept {
  problem_ = problem;
  offset_ = uint32_t(at - text_);
  return false;
}

/// White space is all that may stand between a token and the next.
bool Walk::ends_token(const uint8_t *end) noexcept {
  if (end != text_ + tokens_[next_ + 1] && !is_blank(*end)) return fail(CSJ_INVALID, end);
  end_ = uint32_t(end - text_);
  next_++;
  return true;
}

/// The closing quote of the string at the next token; takes the token.
bool Walk::close_quote(const uint8_t *&close) noexcept {
  const uint8_t *open = text_ + here();
  close = text_ + tokens_[next_ + 1] - 1;
  while (close > open && is_blank(*close)) close--;
  if (*open != '"' || close == open || *close != '"') return fail(CSJ_INVALID, open);
  end_ = uint32_t(close + 1 - text_);
  next_++;
  return true;
}

bool Walk::text_string(uint32_t &start, uint32_t &length, bool &plain) noexcept {
  const uint8_t *from = text_ + here() + 1, *close;
  if (!close_quote(close)) return false;
  start = uint32_t(from - text_);
  length = uint32_t(close - from);
  plain = !has_escapes_ || memchr(from, '\\', length) == nullptr;
  if (plain) return true;
  uint8_t *to = text_ + start;
  if (uint8_t problem = unescape(from, close, to)) return fail(problem, from);
  length = uint32_t(to - text_) - start;
  return true;
}

bool Walk::raw_string(uint8_t *&out) noexcept {
  const uint8_t *open = text_ + here(), *close;
  if (!close_quote(close)) return false;
  if (has_escapes_) {
    const uint8_t *from = open + 1;
    if (uint8_t problem = check_escapes(from, close)) return fail(problem, from);
  }
  put(out, open, close + 1);
  return true;
}

bool Walk::scalar(uint8_t *&out) noexcept {
  const uint8_t *from = text_ + here(), *end = nullptr;
  switch (*from) {
  case '"': return raw_string(out);
  case 't': if (memcmp(from, "true", 4) == 0) end = from + 4; break;
  case 'f': if (memcmp(from, "false", 5) == 0) end = from + 5; break;
  case 'n': if (memcmp(from, "null", 4) == 0) end = from + 4; break;
  default: end = number_end(from);
  }
  if (!end) return fail(CSJ_INVALID, from);
  if (!ends_token(end)) return false;
  put(out, from, end);
  return true;
}

bool Walk::compact(uint8_t *&out) noexcept {
  // Bit n: the container at level n is an object.
  uint64_t objects = 0;
  uint32_t level = 0;
  for (;;) {
    uint8_t byte = peek();
    if (byte == '{' || byte == '[') {
      if (depth_ + level == CSJ_MAX_DEPTH) return fail(CSJ_TOO_DEEP, text_ + here());
      objects = (objects << 1) | (byte == '{');
      level++;
      *out++ = byte;
      next_++;
      if (peek() != (byte == '{' ? '}' : ']')) {
        if ((objects & 1) == 0) continue;
        goto name;
      }
    } else {
      if (!scalar(out)) return false;
    }
    // After a value, or at the end of an empty container.
    for (;;) {
      if (level == 0) return true;
      byte = peek();
      if (byte == ',') break;
      if (byte != (objects & 1 ? '}' : ']')) return fail(CSJ_INVALID, text_ + here());
      *out++ = byte;
      end_ = here() + 1;
      next_++;
      objects >>= 1;
      level--;
    }
    *out++ = ',';
    next_++;
    if ((objects & 1) == 0) continue;
  name:
    if (!raw_string(out)) return false;
    if (peek() != ':') return fail(CSJ_INVALID, text_ + here());
    *out++ = ':';
    next_++;
  }
}

bool Walk::member(csj_member &member) noexcept {
  bool plain_name;
  if (!text_string(member.name_start, member.name_length, plain_name)) return false;
  if (peek() != ':') return fail(CSJ_INVALID, text_ + here());
  next_++;
  member.kind = kind_of(peek());
  if (member.kind == CSJ_STRING) return text_string(member.value_start, member.value_length, member.plain);
  member.value_start = here();
  uint8_t *out = text_ + here();
  if (!compact(out)) return false;
  member.value_length = uint32_t(out - text_) - member.value_start;
  member.plain = member.kind <= CSJ_NUMBER;
  return true;
}

bool Walk::object(csj_item &item, std::vector<csj_member> &members, uint64_t seed) {
  item = {here(), 0, uint32_t(members.size()), 0, CSJ_FINE};
  Names names(seed);
  depth_++;
  next_++;
  bool more = peek() != '}';
  while (more) {
    csj_member found;
    if (!member(found)) return false;
    if (item.problem == CSJ_FINE) {
      if (item.member_count == CSJ_MAX_MEMBERS) item.problem = CSJ_TOO_MANY_MEMBERS;
      else if (names.insert(text_, members.data() + item.member_start, found)) item.problem = CSJ_DUPLICATE_MEMBER;
    }
    if (item.problem == CSJ_FINE) {
      members.push_back(found);
      item.member_count++;
    }
    more = peek() == ',';
    if (!more && peek() != '}') return fail(CSJ_INVALID, text_ + here());
    if (more) next_++;
  }
  end_ = here() + 1;
  next_++;
  depth_--;
  item.source_length = end_ - item.source_start;
  return true;
}

bool Walk::element(csj_item &item, std::vector<csj_member> &members, uint64_t seed) {
  if (peek() == '{') return object(item, members, seed);
  item = {here(), 0, uint32_t(members.size()), 0, CSJ_NOT_AN_OBJECT};
  uint8_t *out = text_ + here();
  if (!compact(out)) return false;
  item.source_length = end_ - item.source_start;
  return true;
}

bool Walk::array(std::vector<csj_item> &items, std::vector<csj_member> &members, uint32_t max_items, uint64_t seed) {
  depth_++;
  next_++;
  bool more = peek() != ']';
  while (more) {
    if (items.size() == max_items) return fail(CSJ_TOO_MANY_ITEMS, text_ + here());
    csj_item item;
    if (!element(item, members, seed)) return false;
    items.push_back(item);
    more = peek() == ',';
    if (!more && peek() != ']') return fail(CSJ_INVALID, text_ + here());
    if (more) next_++;
  }
  next_++;
  depth_--;
  return true;
}

} // namespace csj
