#pragma once

#include "CSimdJSON.h"

#include <string.h>

namespace csj {

/// The names of one object so far, for finding a duplicate: hashes in a row, compared by the vector unit.
/// The seed keeps a client from making names collide.
class Names {
public:
  explicit Names(uint64_t seed) noexcept : seed_(seed) {}

  /// True if `name` was there before. `members` are those whose names were given, in order; at most CSJ_MAX_MEMBERS.
  bool insert(const uint8_t *text, const csj_member *members, const csj_member &name) noexcept {
    uint32_t hash = hashed(text + name.name_start, name.name_length);
    uint64_t bit = uint64_t(1) << (hash & 63);
    uint32_t hits = 0;
    if (seen_ & bit) {
      for (uint32_t i = 0; i < count_; i++) hits |= hashes_[i] == hash;
    }
    seen_ |= bit;
    for (uint32_t i = 0; hits && i < count_; i++) {
      if (hashes_[i] == hash && members[i].name_length == name.name_length
          && memcmp(text + members[i].name_start, text + name.name_start, name.name_length) == 0)
        return true;
    }
    hashes_[count_++] = hash;
    return false;
  }

private:
  uint64_t seed_;
  /// Bit n: a hash ends in n. Most objects are small and never look further.
  uint64_t seen_ = 0;
  uint32_t count_ = 0;
  uint32_t hashes_[CSJ_MAX_MEMBERS];

  uint32_t hashed(const uint8_t *bytes, size_t length) const noexcept {
    uint64_t hash = seed_ ^ length;
    for (; length >= 8; bytes += 8, length -= 8) {
      uint64_t word;
      memcpy(&word, bytes, 8);
      hash = mixed(hash ^ word);
    }
    // The text is padded, so eight bytes can be read anywhere in it.
    uint64_t word;
    memcpy(&word, bytes, 8);
    hash = mixed(hash ^ (word & ((uint64_t(1) << length * 8) - 1)));
    return uint32_t(hash >> 32);
  }

  static uint64_t mixed(uint64_t value) noexcept {
    value *= 0x9E3779B97F4A7C15u;
    value ^= value >> 32;
    return value * 0xD6E8FEB86659FD93u;
  }
};

} // namespace csj
