#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What is wrong with a text or an item; 0 is nothing.
enum {
  CSJ_FINE = 0,
  CSJ_EMPTY,
  CSJ_INVALID,
  CSJ_INVALID_UTF8,
  CSJ_LONE_SURROGATE,
  CSJ_TOO_DEEP,
  CSJ_DUPLICATE_MEMBER,
  CSJ_TOO_MANY_MEMBERS,
  CSJ_NOT_AN_OBJECT,
  CSJ_TOO_MANY_ITEMS,
};

/// Limits of one text: containers open at once, members of one top-level object.
enum { CSJ_MAX_DEPTH = 32, CSJ_MAX_MEMBERS = 256 };

/// What the text was.
enum { CSJ_OBJECT = 0, CSJ_ARRAY, CSJ_LINES };

/// Kinds of a value.
enum { CSJ_NULL = 0, CSJ_BOOL, CSJ_NUMBER, CSJ_STRING, CSJ_ARRAY_VALUE, CSJ_OBJECT_VALUE };

/// An offset that is not known.
#define CSJ_NOWHERE UINT32_MAX

/// One member of a top-level object. Offsets lie in `csj_text`.
/// `plain`: the value's bytes are the content of a JSON string as they stand, without escaping.
typedef struct {
  uint32_t name_start, name_length;
  uint32_t value_start, value_length;
  uint8_t kind;
  bool plain;
} csj_member;

/// One object of the text. `source_…` lie in the body as it was given, `member_…` in `csj_members`.
typedef struct {
  uint32_t source_start, source_length;
  uint32_t member_start, member_count;
  uint8_t problem;
} csj_item;

/// The end of a reading: `problem` refuses the whole text; `offset` is where, or CSJ_NOWHERE.
typedef struct {
  uint8_t problem;
  uint8_t shape;
  uint32_t offset;
} csj_outcome;

/// A parser and its reused buffers. For one thread at a time.
typedef struct csj_reader csj_reader;

csj_reader *csj_new(void);
void csj_free(csj_reader *reader);

/// Reads `length` bytes (below 2^32 - 128) whole and strictly: as one value, or as one value a line.
/// Running out of memory ends the process, as it does in Swift.
csj_outcome csj_read(csj_reader *reader, const uint8_t *body, size_t length, bool lines, uint32_t max_items);

/// The results of the last reading, valid until the next call with this reader.
const uint8_t *csj_text(const csj_reader *reader);
const csj_item *csj_items(const csj_reader *reader, size_t *count);
const csj_member *csj_members(const csj_reader *reader, size_t *count);

/// Gives the buffers back, if they have grown over `bytes`; the results are gone.
void csj_shrink(csj_reader *reader, size_t bytes);

#ifdef __cplusplus
}
#endif
