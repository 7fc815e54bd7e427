// SPDX-License-Identifier: Apache-2.0
#include "app/report/trace_log.hpp"

#include "app/report/record_json.hpp"

namespace luosim::app {

using nlohmann::ordered_json;

std::string TraceLogWriter::header_line(const TraceHeader& header) {
  const ordered_json json = {{"luosim", header.version},
                             {"schema", kTraceLogSchema},
                             {"scenario", header.scenario},
                             {"protocol", header.protocol},
                             {"seed", header.seed}};
  return compact_text(json) + '\n';
}

std::string TraceLogWriter::line_of(const sim::Record& record) {
  const RecordName* name = find_record_name(record.kind);
  ordered_json json = {{"t_ns", record.time.ns},
                       {"seq", sequence_++},
                       {"kind", name != nullptr ? name->name : "unknown"},
                       {"task", record.task.index},
                       {"subject", words_.name(record.subject)},
                       {"object", words_.name(record.object)}};
  // A kind without a row loses its names but not its contents.
  json["values"] = name != nullptr ? values_of(record, *name, words_) : ordered_json(record.values);
  if (name == nullptr) json["number"] = record.kind.number;
  return compact_text(json) + '\n';
}

std::string trace_log(std::span<const sim::Record> records, const world::Blueprint& blueprint,
                      const TraceHeader& header) {
  TraceLogWriter writer(blueprint);
  std::string text = TraceLogWriter::header_line(header);
  for (const sim::Record& record : records) text += writer.line_of(record);
  return text;
}

}  // namespace luosim::app
