// SPDX-License-Identifier: Apache-2.0
//
// The word that was probably meant. A list of forty valid words is no help when one letter is
// wrong, and a far-fetched guess is worse than none.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace luosim::app {

/// The candidate with the fewest edits (insert, delete, replace, swap of neighbours; letter case is
/// free) from `word`, the first of several; nothing if even that one is more than about a third of
/// the word away. Words of more than 64 bytes have no neighbours, which bounds the work.
std::optional<std::string_view> nearest_word(std::string_view word,
                                             std::span<const std::string_view> candidates);

/// `did you mean 'freeze'?`, or an empty text if nothing is near.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace luosim::app
