// SPDX-License-Identifier: Apache-2.0
//
// The JSON log is the format that other tools read, so its lines are stated byte for byte, and each
// kind must give an object with the fields of its row.
#include "app/report/trace_log.hpp"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "app/report/record_names.hpp"
#include "tests/unit/app/report/hand_made_records.hpp"

namespace luosim::app {
namespace {

using namespace hand_made;
using nlohmann::json;

TEST(TraceLog, begins_with_a_header) {
  EXPECT_EQ(TraceLogWriter::header_line({"0.1.0", "a \"b\".yaml", "luo-v2", ~0ULL}),
            "{\"luosim\":\"0.1.0\",\"schema\":1,\"scenario\":\"a \\\"b\\\".yaml\","
            "\"protocol\":\"luo-v2\",\"seed\":18446744073709551615}\n");
}

TEST(TraceLog, writes_a_record_as_one_line_with_values_by_name) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const Maker make(blueprint);
  TraceLogWriter writer(blueprint);
  EXPECT_EQ(writer.line_of(make(2'131'000'001, LuoRecord::callback, "memfd-v1", "vm0.memory",
                                {1 | 9 << 8, 0, status(-5), ~0ULL})),
            "{\"t_ns\":2131000001,\"seq\":0,\"kind\":\"luo.callback\",\"task\":7,"
            "\"subject\":\"memfd-v1\",\"object\":\"vm0.memory\",\"values\":{"
            "\"callback\":\"prepare\",\"flags\":[\"file_given\",\"handler\"],"
            "\"word_before\":\"0x0\",\"result\":-5,\"result_errno\":\"EIO\","
            "\"word_after\":\"0xffffffffffffffff\"}}\n");
  EXPECT_EQ(writer.line_of(make(2'131'000'001, LuoRecord::phase_stored, "", "", {0, 1})),
            "{\"t_ns\":2131000001,\"seq\":1,\"kind\":\"luo.phase_stored\",\"task\":7,"
            "\"subject\":\"\",\"object\":\"\",\"values\":{\"before\":\"normal\","
            "\"after\":\"prepared\"}}\n");
}

TEST(TraceLog, gives_every_kind_its_name_and_all_of_its_fields) {
  const world::Blueprint blueprint = hand_made::blueprint();
  TraceLogWriter writer(blueprint);
  for (const sim::Record& record : one_of_each(blueprint)) {
    const json line = json::parse(writer.line_of(record));
    const RecordName& name = *find_record_name(record.kind);
    EXPECT_EQ(line["kind"], name.name);
    for (const RecordField& field : name.named_fields())
      EXPECT_TRUE(line["values"].contains(std::string(field.name))) << name.name;
  }
}

TEST(TraceLog, shows_faults_by_the_names_of_their_site_and_instance) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const Maker make(blueprint);
  TraceLogWriter writer(blueprint);
  const auto values_for = [&](std::uint64_t site, std::uint64_t instance) {
    const sim::Record record =
        make(0, EngineRecord::fault_fired, "", "", {site, instance, status(-12)});
    return json::parse(writer.line_of(record))["values"];
  };
  const json named = values_for(sim::name_hash("luo.file.freeze"), sim::name_hash("disk0"));
  EXPECT_EQ(named["site"], "luo.file.freeze");
  EXPECT_EQ(named["instance"], "disk0");
  EXPECT_EQ(named["value_errno"], "ENOMEM");
  const json of_function = values_for(sim::name_hash("mm.alloc"), sim::name_hash("new_chunk"));
  EXPECT_EQ(of_function["instance"], "new_chunk");
  for (const std::string_view piece : {"root", "map", "luo-tree"}) {
    const json of_piece = values_for(sim::name_hash("handover.bit_flip"), sim::name_hash(piece));
    EXPECT_EQ(of_piece["instance"], piece);
  }
  const json unknown = values_for(5, 6);
  EXPECT_EQ(unknown["site"], "unknown");
  EXPECT_EQ(unknown["instance"], "0x6");
  EXPECT_EQ(values_for(5, 0)["instance"], "");
}

TEST(TraceLog, keeps_the_contents_of_a_kind_that_it_does_not_know) {
  const world::Blueprint blueprint = hand_made::blueprint();
  const Maker make(blueprint);
  TraceLogWriter writer(blueprint);
  const json line = json::parse(writer.line_of(make(0, {0xFFF}, "", "", {1, 2, 3, 4})));
  EXPECT_EQ(line["kind"], "unknown");
  EXPECT_EQ(line["number"], 0xFFF);
  EXPECT_EQ(line["values"], json({1, 2, 3, 4}));
}

TEST(TraceLog, a_name_that_is_not_utf_8_still_gives_json) {
  world::Blueprint blueprint = hand_made::blueprint();
  blueprint.names.intern("\xff\xfe");
  const Maker make(blueprint);
  TraceLogWriter writer(blueprint);
  EXPECT_TRUE(json::accept(writer.line_of(make(0, UserRecord::actor_died, "\xff\xfe"))));
}

TEST(TraceLog, the_same_records_give_the_same_bytes) {
  const world::Blueprint blueprint = hand_made::blueprint();
  TraceLogWriter first(blueprint);
  TraceLogWriter second(blueprint);
  for (const sim::Record& record : story(blueprint))
    EXPECT_EQ(first.line_of(record), second.line_of(record));
}

}  // namespace
}  // namespace luosim::app
