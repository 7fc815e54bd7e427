// SPDX-License-Identifier: Apache-2.0
#include "model/kho/client.hpp"

#include <algorithm>
#include <array>

#include "model/kernel/errno.hpp"
#include "model/kho/debugfs.hpp"
#include "model/kho/root_tree.hpp"
#include "model/kho/tree.hpp"

namespace luosim::kho {

void register_client(Context& context, const Client& client) {
  std::vector<Client>& clients = context.kho.clients;
  const auto place = std::find_if(clients.begin(), clients.end(), [&](const Client& other) {
    return other.priority < client.priority;
  });
  clients.insert(place, client);
}

std::int64_t add_subtree(Context& context, std::string_view name, memory::PhysicalAddress address) {
  const int error = change_root_page(context, [&](std::span<std::byte> page) {
    return RootTreePage::add_child(page, std::string(name), address.value);
  });
  if (error != 0) return errno_of_tree(context, error);
  return add_blob(context, name, address);
}

std::int64_t retrieve_subtree(const Context& context, std::string_view name,
                              memory::PhysicalAddress& address) {
  if (!context.kho.incoming) return -kernel::kENOENT;
  const TreeReader root(context.memory.bytes(), context.kho.incoming_root, RootTreePage::kBytes);
  const auto node = root.child(TreeReader::kRoot, std::string(name));
  if (!node) return -kernel::kENOENT;
  const auto value = root.word(*node, "fdt");
  if (!value) return -kernel::kEINVAL;
  address = {*value};
  return 0;
}

}  // namespace luosim::kho
