// SPDX-License-Identifier: Apache-2.0
#include "app/report/ftrace.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

#include "app/report/record_names.hpp"
#include "app/report/record_words.hpp"
#include "model/kernel/record.hpp"

namespace luosim::app {

namespace {

std::string head(std::size_t records) {
  return fmt::format(
      "# tracer: luosim\n"
      "#\n"
      "# entries-in-buffer/entries-written: {}/{}   #P:1\n"
      "#\n"
      "#           TASK-PID     CPU#  FLAGS    TIMESTAMP  EVENT\n"
      "#              | |         |     |          |        |\n",
      records, records);
}

// Where a value stands, blanks and `=` end it.
std::string one_word(std::string_view text) {
  std::string word(text);
  std::replace_if(
      word.begin(), word.end(),
      [](char character) {
        return static_cast<unsigned char>(character) <= ' ' || character == '=';
      },
      '_');
  return word;
}

// An event has no dot in ftrace: `luo.callback` is luo_callback.
std::string event_name(const RecordName* name) {
  if (name == nullptr) return "unknown";
  std::string event(name->name);
  std::replace(event.begin(), event.end(), '.', '_');
  return event;
}

}  // namespace

std::string ftrace_text(std::span<const sim::Record> records, std::span<const sim::Symbol> tasks,
                        const world::Blueprint& blueprint) {
  const RecordWords words(blueprint.names, blueprint.programs);
  std::string text = head(records.size());
  std::uint64_t generation = 0;
  for (std::size_t place = 0; place < records.size(); ++place) {
    const sim::Record& record = records[place];
    if (record.kind == kernel::KernelRecord::boot_begins) ++generation;
    const RecordName* name = find_record_name(record.kind);
    const std::string task = one_word(place < tasks.size() ? words.name(tasks[place]) : "");
    const std::int64_t microseconds = record.time.ns / 1'000;
    text += fmt::format("{:>16}-{:<7} [000] ..... {:>5}.{:06}: {}: gen={}",
                        task.empty() ? "<...>" : task, record.task.index, microseconds / 1'000'000,
                        microseconds % 1'000'000, event_name(name), generation);
    for (const auto& [field, symbol] :
         {std::pair{"subject", record.subject}, std::pair{"object", record.object}}) {
      const std::string_view shown = words.name(symbol);
      if (!shown.empty()) text += fmt::format(" {}={}", field, one_word(shown));
    }
    if (name != nullptr)
      for (const RecordField& field : name->named_fields())
        text += fmt::format(" {}={}", field.name, one_word(words.text(field, record)));
    text += '\n';
  }
  return text;
}

}  // namespace luosim::app
