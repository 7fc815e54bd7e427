// SPDX-License-Identifier: Apache-2.0
//
// The values of a record as JSON, by name. The JSON log and the trace for Perfetto write the same
// object, so that a script for the one also reads the other.
#pragma once

#include <nlohmann/json.hpp>

#include "app/report/record_words.hpp"

namespace luosim::app {

/// Numbers as integers; addresses and data words as hexadecimal text, because many readers of JSON
/// round integers above 2^53; a negative status is an integer, and its name stands beside it as
/// `<field>_errno`; everything else is a word.
nlohmann::ordered_json values_of(const sim::Record& record, const RecordName& name,
                                 const RecordWords& words);

/// The JSON Schema of what values_of() gives for a record of this kind.
nlohmann::ordered_json schema_of_values(const RecordName& name);

/// One line, without blanks. Bytes of a name that are not UTF-8 are replaced, never an error.
std::string compact_text(const nlohmann::ordered_json& json);

}  // namespace luosim::app
