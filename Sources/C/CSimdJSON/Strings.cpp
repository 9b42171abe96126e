#include "Strings.h"

#include "CSimdJSON.h"

#include <string.h>

namespace csj {
namespace {

/// Four hexadecimal digits, or -1.
int32_t hex4(const uint8_t *digits) noexcept {
  int32_t value = 0;
  for (int i = 0; i < 4; i++) {
    uint8_t digit = digits[i];
    uint8_t lower = digit | 0x20;
    if (digit >= '0' && digit <= '9') value = value << 4 | (digit - '0');
    else if (lower >= 'a' && lower <= 'f') value = value << 4 | (lower - 'a' + 10);
    else return -1;
  }
  return value;
}

/// The scalar of a \u escape at `from`; two escapes where it takes a pair. Moves `from` past them.
uint8_t unicode_escape(const uint8_t *&from, const uint8_t *end, uint32_t &scalar) noexcept {
  if (end - from < 6) return CSJ_INVALID;
  int32_t unit = hex4(from + 2);
  if (unit < 0) return CSJ_INVALID;
  scalar = uint32_t(unit);
  if (unit >= 0xDC00 && unit <= 0xDFFF) return CSJ_LONE_SURROGATE;
  if (unit >= 0xD800 && unit <= 0xDBFF) {
    if (end - from < 12 || from[6] != '\\' || from[7] != 'u') return CSJ_LONE_SURROGATE;
    int32_t low = hex4(from + 8);
    if (low < 0) return CSJ_INVALID;
    if (low < 0xDC00 || low > 0xDFFF) return CSJ_LONE_SURROGATE;
    scalar = 0x10000 + (uint32_t(unit - 0xD800) << 10) + uint32_t(low - 0xDC00);
    from += 6;
  }
  from += 6;
  return CSJ_FINE;
}

uint8_t *put_utf8(uint8_t *to, uint32_t scalar) noexcept {
  if (scalar < 0x80) {
    *to++ = uint8_t(scalar);
  } else if (scalar < 0x800) {
    *to++ = uint8_t(0xC0 | scalar >> 6);
    *to++ = uint8_t(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    *to++ = uint8_t(0xE0 | scalar >> 12);
    *to++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
    *to++ = uint8_t(0x80 | (scalar & 0x3F));
  } else {
    *to++ = uint8_t(0xF0 | scalar >> 18);
    *to++ = uint8_t(0x80 | (scalar >> 12 & 0x3F));
    *to++ = uint8_t(0x80 | (scalar >> 6 & 0x3F));
    *to++ = uint8_t(0x80 | (scalar & 0x3F));
  }
  return to;
}

/// The escape at `from`; moves past it.
uint8_t escape(const uint8_t *&from, const uint8_t *end, uint32_t &scalar) noexcept {
  if (end - from < 2) return CSJ_INVALID;
  switch (from[1]) {
  case '"': case '\\': case '/': scalar = from[1]; break;
  case 'b': scalar = '\b'; break;
  case 'f': scalar = '\f'; break;
  case 'n': scalar = '\n'; break;
  case 'r': scalar = '\r'; break;
  case 't': scalar = '\t'; break;
  case 'u': return unicode_escape(from, end, scalar);
  default: return CSJ_INVALID;
  }
  from += 2;
  return CSJ_FINE;
}

const uint8_t *next_escape(const uint8_t *from, const uint8_t *end) noexcept {
  if (from < end && *from == '\\') return from;
  auto found = static_cast<const uint8_t *>(memchr(from, '\\', size_t(end - from)));
  return found ? found : end;
}

} // namespace

uint8_t check_escapes(const uint8_t *&from, const uint8_t *end) noexcept {
  for (;;) {
    from = next_escape(from, end);
    if (from == end) return CSJ_FINE;
    uint32_t scalar;
    if (uint8_t problem = escape(from, end, scalar)) return problem;
  }
}

uint8_t unescape(const uint8_t *&from, const uint8_t *end, uint8_t *&to) noexcept {
  for (;;) {
    const uint8_t *stop = next_escape(from, end);
    size_t run = size_t(stop - from);
    if (run > 0 && to != from) memmove(to, from, run);
    to += run;
    from = stop;
    if (from == end) return CSJ_FINE;
    uint32_t scalar;
    if (uint8_t problem = escape(from, end, scalar)) return problem;
    to = put_utf8(to, scalar);
  }
}

} // namespace csj
