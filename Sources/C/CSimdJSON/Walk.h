#pragma once

#include "CSimdJSON.h"

#include <vector>

namespace csj {

/// The second pass over one JSON text: simdjson's first pass has checked UTF-8 and control characters and found where
/// each token begins; this one checks the grammar of every value (RFC 8259), whether it is used or not.
///
/// Results are written over the text in place: unescaping and removing white space only ever shorten it.
/// Numbers are kept as they were written.
class Walk {
public:
  /// `tokens` are `count` offsets in `text`, followed by the text's length twice; the byte at that length is no JSON.
  Walk(uint8_t *text, const uint32_t *tokens, uint32_t count, bool has_escapes) noexcept
      : text_(text), tokens_(tokens), count_(count), has_escapes_(has_escapes) {}

  uint8_t first() const noexcept { return text_[tokens_[0]]; }

  /// Reads the object at the next token; false is a failure of the text.
  /// `item.problem` tells what forbids this object alone.
  bool object(csj_item &item, std::vector<csj_member> &members, uint64_t seed);

  /// Reads the array at the next token, an item an element.
  bool array(std::vector<csj_item> &items, std::vector<csj_member> &members, uint32_t max_items, uint64_t seed);

  /// Reads any value at the next token and leaves its compact text, which ends before `out`.
  bool compact(uint8_t *&out) noexcept;

  /// True when nothing follows.
  bool at_end() noexcept { return next_ == count_ || fail(CSJ_INVALID, text_ + here()); }

  uint8_t problem() const noexcept { return problem_; }
  uint32_t offset() const noexcept { return offset_; }

private:
  uint8_t *text_;
  const uint32_t *tokens_;
  uint32_t count_;
  uint32_t next_ = 0;
  uint32_t depth_ = 0;
  /// One past the last byte read of the last token.
  uint32_t end_ = 0;
  bool has_escapes_;
  uint8_t problem_ = CSJ_FINE;
  uint32_t offset_ = CSJ_NOWHERE;

  uint32_t here() const noexcept { return tokens_[next_]; }
  uint8_t peek() const noexcept { return text_[tokens_[next_]]; }

  bool fail(uint8_t problem, const uint8_t *at) noexcept;
  bool member(csj_member &member) noexcept;
  bool element(csj_item &item, std::vector<csj_member> &members, uint64_t seed);
  bool close_quote(const uint8_t *&close) noexcept;
  bool text_string(uint32_t &start, uint32_t &length, bool &plain) noexcept;
  bool raw_string(uint8_t *&out) noexcept;
  bool scalar(uint8_t *&out) noexcept;
  bool ends_token(const uint8_t *end) noexcept;
};

} // namespace csj
