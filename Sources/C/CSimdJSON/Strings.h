#pragma once

#include <stdint.h>

namespace csj {

/// Checks the escapes in the content of a JSON string, `[from, end)`. Gives a CSJ_ problem and leaves `from` at it.
uint8_t check_escapes(const uint8_t *&from, const uint8_t *end) noexcept;

/// The same, writing the unescaped UTF-8 to `to`, which must not lie after `from`; leaves `to` after it.
uint8_t unescape(const uint8_t *&from, const uint8_t *end, uint8_t *&to) noexcept;

} // namespace csj
