#include "CSimdJSON.h"

#include "Walk.h"

#include <simdjson.h>

#include <memory>
#include <string.h>
#include <sys/random.h>
#include <vector>

using simdjson::error_code;
using simdjson::internal::dom_parser_implementation;

struct csj_reader {
  std::unique_ptr<dom_parser_implementation> parser;
  std::unique_ptr<uint8_t[]> text;
  size_t capacity = 0;
  std::vector<csj_item> items;
  std::vector<csj_member> members;
  uint64_t seed = 0x9E3779B97F4A7C15u;

  void load(const uint8_t *body, size_t length);
  uint8_t tokenize(const uint8_t *text, size_t length);
  csj_outcome read_value(size_t length, uint32_t max_items);
  csj_outcome read_lines(size_t length, uint32_t max_items);
  void read_line(uint32_t start, uint32_t length);
  void forget();
};

namespace {

constexpr size_t padding = simdjson::SIMDJSON_PADDING;

csj_outcome refused(uint8_t problem, uint32_t offset) { return {problem, CSJ_OBJECT, offset}; }

bool is_blank(const uint8_t *bytes, size_t length) {
  for (size_t i = 0; i < length; i++) {
    if (bytes[i] != ' ' && bytes[i] != '\t' && bytes[i] != '\r') return false;
  }
  return true;
}

bool has_escapes(const uint8_t *bytes, size_t length) { return memchr(bytes, '\\', length) != nullptr; }

} // namespace

/// Copies the body to where it may be changed, with room for whole vectors behind it.
void csj_reader::load(const uint8_t *body, size_t length) {
  if (length > capacity || !text) {
    size_t grown = 4096;
    while (grown < length) grown *= 2;
    forget();
    text.reset(new uint8_t[grown + padding]);
    error_code error = simdjson::SUCCESS;
    if (parser) error = parser->set_capacity(grown);
    else error = simdjson::get_active_implementation()->create_dom_parser_implementation(grown, 1, parser);
    if (error) abort();
    capacity = grown;
  }
  if (length > 0) memcpy(text.get(), body, length);
  memset(text.get() + length, 0, padding);
}

void csj_reader::forget() {
  items.clear();
  members.clear();
}

/// simdjson's first pass: UTF-8, control characters in strings, the place of every token.
uint8_t csj_reader::tokenize(const uint8_t *from, size_t length) {
  switch (parser->stage1(from, length, simdjson::stage1_mode::regular)) {
  case simdjson::SUCCESS: break;
  case simdjson::EMPTY: return CSJ_EMPTY;
  case simdjson::UTF8_ERROR: return CSJ_INVALID_UTF8;
  default: return CSJ_INVALID;
  }
  uint32_t count = parser->n_structural_indexes;
  parser->structural_indexes[count] = uint32_t(length);
  parser->structural_indexes[count + 1] = uint32_t(length);
  return count == 0 ? CSJ_EMPTY : CSJ_FINE;
}

csj_outcome csj_reader::read_value(size_t length, uint32_t max_items) {
  if (uint8_t problem = tokenize(text.get(), length)) return refused(problem, CSJ_NOWHERE);
  csj::Walk walk(
      text.get(), parser->structural_indexes.get(), parser->n_structural_indexes, has_escapes(text.get(), length));
  bool fine;
  csj_outcome outcome = {CSJ_FINE, CSJ_OBJECT, CSJ_NOWHERE};
  if (walk.first() == '{') {
    csj_item item;
    fine = walk.object(item, members, seed) && walk.at_end();
    if (fine && item.problem != CSJ_FINE) return refused(item.problem, CSJ_NOWHERE);
    items.push_back(item);
  } else if (walk.first() == '[') {
    outcome.shape = CSJ_ARRAY;
    fine = walk.array(items, members, max_items, seed) && walk.at_end();
  } else {
    uint8_t *out = text.get();
    fine = walk.compact(out) && walk.at_end();
    if (fine) return refused(CSJ_NOT_AN_OBJECT, CSJ_NOWHERE);
  }
  return fine ? outcome : refused(walk.problem(), walk.offset());
}

void csj_reader::read_line(uint32_t start, uint32_t length) {
  csj_item item = {start, length, uint32_t(members.size()), 0, CSJ_FINE};
  uint8_t *line = text.get() + start;
  item.problem = tokenize(line, length);
  if (item.problem == CSJ_FINE) {
    csj::Walk walk(
        line, parser->structural_indexes.get(), parser->n_structural_indexes, has_escapes(line, length));
    csj_item found;
    uint8_t *out = line;
    bool object = walk.first() == '{';
    bool fine = (object ? walk.object(found, members, seed) : walk.compact(out)) && walk.at_end();
    if (object && fine) {
      item.source_start += found.source_start;
      item.source_length = found.source_length;
    }
    item.problem = !fine ? walk.problem() : object ? found.problem : uint8_t(CSJ_NOT_AN_OBJECT);
  }
  if (item.problem != CSJ_FINE) members.resize(item.member_start);
  for (size_t i = item.member_start; i < members.size(); i++) {
    members[i].name_start += start;
    members[i].value_start += start;
  }
  item.member_count = uint32_t(members.size()) - item.member_start;
  items.push_back(item);
}

csj_outcome csj_reader::read_lines(size_t length, uint32_t max_items) {
  for (size_t start = 0; start < length;) {
    const uint8_t *line = text.get() + start;
    if (*line == '\n') {
      start++;
      continue;
    }
    auto newline = static_cast<const uint8_t *>(memchr(line, '\n', length - start));
    size_t size = newline ? size_t(newline - line) : length - start;
    if (!is_blank(line, size)) {
      if (items.size() == max_items) return refused(CSJ_TOO_MANY_ITEMS, uint32_t(start));
      read_line(uint32_t(start), uint32_t(size));
    }
    start += size + 1;
  }
  if (items.empty()) return refused(CSJ_EMPTY, CSJ_NOWHERE);
  return {CSJ_FINE, CSJ_LINES, CSJ_NOWHERE};
}

extern "C" {

csj_reader *csj_new(void) {
  auto reader = new csj_reader;
  // Without entropy the fixed seed stands: names are then merely slower to tell apart under attack.
  uint64_t seed;
  if (getrandom(&seed, sizeof seed, GRND_NONBLOCK) == ssize_t(sizeof seed)) reader->seed = seed;
  return reader;
}

void csj_free(csj_reader *reader) { delete reader; }

csj_outcome csj_read(csj_reader *reader, const uint8_t *body, size_t length, bool lines, uint32_t max_items) {
  reader->load(body, length);
  reader->forget();
  csj_outcome outcome = lines ? reader->read_lines(length, max_items) : reader->read_value(length, max_items);
  if (outcome.problem != CSJ_FINE) reader->forget();
  return outcome;
}

const uint8_t *csj_text(const csj_reader *reader) { return reader->text.get(); }

const csj_item *csj_items(const csj_reader *reader, size_t *count) {
  *count = reader->items.size();
  return reader->items.data();
}

const csj_member *csj_members(const csj_reader *reader, size_t *count) {
  *count = reader->members.size();
  return reader->members.data();
}

void csj_shrink(csj_reader *reader, size_t bytes) {
  if (reader->capacity <= bytes) return;
  reader->parser.reset();
  reader->text.reset();
  reader->capacity = 0;
  std::vector<csj_item>().swap(reader->items);
  std::vector<csj_member>().swap(reader->members);
}

} // extern "C"
