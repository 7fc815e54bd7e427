// SPDX-License-Identifier: Apache-2.0
//
// The table of include/uapi/asm-generic/errno-base.h and errno.h. 41 and 58 are free: what was once
// there became the aliases at the end.
#include "app/scenario/errno_names.hpp"

#include <algorithm>
#include <array>

namespace luosim::app {
namespace {

struct ErrorCode {
  std::int32_t number;
  std::string_view name;
};

constexpr std::array kErrorCodes{
    ErrorCode{1, "EPERM"},
    ErrorCode{2, "ENOENT"},
    ErrorCode{3, "ESRCH"},
    ErrorCode{4, "EINTR"},
    ErrorCode{5, "EIO"},
    ErrorCode{6, "ENXIO"},
    ErrorCode{7, "E2BIG"},
    ErrorCode{8, "ENOEXEC"},
    ErrorCode{9, "EBADF"},
    ErrorCode{10, "ECHILD"},
    ErrorCode{11, "EAGAIN"},
    ErrorCode{12, "ENOMEM"},
    ErrorCode{13, "EACCES"},
    ErrorCode{14, "EFAULT"},
    ErrorCode{15, "ENOTBLK"},
    ErrorCode{16, "EBUSY"},
    ErrorCode{17, "EEXIST"},
    ErrorCode{18, "EXDEV"},
    ErrorCode{19, "ENODEV"},
    ErrorCode{20, "ENOTDIR"},
    ErrorCode{21, "EISDIR"},
    ErrorCode{22, "EINVAL"},
    ErrorCode{23, "ENFILE"},
    ErrorCode{24, "EMFILE"},
    ErrorCode{25, "ENOTTY"},
    ErrorCode{26, "ETXTBSY"},
    ErrorCode{27, "EFBIG"},
    ErrorCode{28, "ENOSPC"},
    ErrorCode{29, "ESPIPE"},
    ErrorCode{30, "EROFS"},
    ErrorCode{31, "EMLINK"},
    ErrorCode{32, "EPIPE"},
    ErrorCode{33, "EDOM"},
    ErrorCode{34, "ERANGE"},
    ErrorCode{35, "EDEADLK"},
    ErrorCode{36, "ENAMETOOLONG"},
    ErrorCode{37, "ENOLCK"},
    ErrorCode{38, "ENOSYS"},
    ErrorCode{39, "ENOTEMPTY"},
    ErrorCode{40, "ELOOP"},
    ErrorCode{42, "ENOMSG"},
    ErrorCode{43, "EIDRM"},
    ErrorCode{44, "ECHRNG"},
    ErrorCode{45, "EL2NSYNC"},
    ErrorCode{46, "EL3HLT"},
    ErrorCode{47, "EL3RST"},
    ErrorCode{48, "ELNRNG"},
    ErrorCode{49, "EUNATCH"},
    ErrorCode{50, "ENOCSI"},
    ErrorCode{51, "EL2HLT"},
    ErrorCode{52, "EBADE"},
    ErrorCode{53, "EBADR"},
    ErrorCode{54, "EXFULL"},
    ErrorCode{55, "ENOANO"},
    ErrorCode{56, "EBADRQC"},
    ErrorCode{57, "EBADSLT"},
    ErrorCode{59, "EBFONT"},
    ErrorCode{60, "ENOSTR"},
    ErrorCode{61, "ENODATA"},
    ErrorCode{62, "ETIME"},
    ErrorCode{63, "ENOSR"},
    ErrorCode{64, "ENONET"},
    ErrorCode{65, "ENOPKG"},
    ErrorCode{66, "EREMOTE"},
    ErrorCode{67, "ENOLINK"},
    ErrorCode{68, "EADV"},
    ErrorCode{69, "ESRMNT"},
    ErrorCode{70, "ECOMM"},
    ErrorCode{71, "EPROTO"},
    ErrorCode{72, "EMULTIHOP"},
    ErrorCode{73, "EDOTDOT"},
    ErrorCode{74, "EBADMSG"},
    ErrorCode{75, "EOVERFLOW"},
    ErrorCode{76, "ENOTUNIQ"},
    ErrorCode{77, "EBADFD"},
    ErrorCode{78, "EREMCHG"},
    ErrorCode{79, "ELIBACC"},
    ErrorCode{80, "ELIBBAD"},
    ErrorCode{81, "ELIBSCN"},
    ErrorCode{82, "ELIBMAX"},
    ErrorCode{83, "ELIBEXEC"},
    ErrorCode{84, "EILSEQ"},
    ErrorCode{85, "ERESTART"},
    ErrorCode{86, "ESTRPIPE"},
    ErrorCode{87, "EUSERS"},
    ErrorCode{88, "ENOTSOCK"},
    ErrorCode{89, "EDESTADDRREQ"},
    ErrorCode{90, "EMSGSIZE"},
    ErrorCode{91, "EPROTOTYPE"},
    ErrorCode{92, "ENOPROTOOPT"},
    ErrorCode{93, "EPROTONOSUPPORT"},
    ErrorCode{94, "ESOCKTNOSUPPORT"},
    ErrorCode{95, "EOPNOTSUPP"},
    ErrorCode{96, "EPFNOSUPPORT"},
    ErrorCode{97, "EAFNOSUPPORT"},
    ErrorCode{98, "EADDRINUSE"},
    ErrorCode{99, "EADDRNOTAVAIL"},
    ErrorCode{100, "ENETDOWN"},
    ErrorCode{101, "ENETUNREACH"},
    ErrorCode{102, "ENETRESET"},
    ErrorCode{103, "ECONNABORTED"},
    ErrorCode{104, "ECONNRESET"},
    ErrorCode{105, "ENOBUFS"},
    ErrorCode{106, "EISCONN"},
    ErrorCode{107, "ENOTCONN"},
    ErrorCode{108, "ESHUTDOWN"},
    ErrorCode{109, "ETOOMANYREFS"},
    ErrorCode{110, "ETIMEDOUT"},
    ErrorCode{111, "ECONNREFUSED"},
    ErrorCode{112, "EHOSTDOWN"},
    ErrorCode{113, "EHOSTUNREACH"},
    ErrorCode{114, "EALREADY"},
    ErrorCode{115, "EINPROGRESS"},
    ErrorCode{116, "ESTALE"},
    ErrorCode{117, "EUCLEAN"},
    ErrorCode{118, "ENOTNAM"},
    ErrorCode{119, "ENAVAIL"},
    ErrorCode{120, "EISNAM"},
    ErrorCode{121, "EREMOTEIO"},
    ErrorCode{122, "EDQUOT"},
    ErrorCode{123, "ENOMEDIUM"},
    ErrorCode{124, "EMEDIUMTYPE"},
    ErrorCode{125, "ECANCELED"},
    ErrorCode{126, "ENOKEY"},
    ErrorCode{127, "EKEYEXPIRED"},
    ErrorCode{128, "EKEYREVOKED"},
    ErrorCode{129, "EKEYREJECTED"},
    ErrorCode{130, "EOWNERDEAD"},
    ErrorCode{131, "ENOTRECOVERABLE"},
    ErrorCode{132, "ERFKILL"},
    ErrorCode{133, "EHWPOISON"},
    ErrorCode{11, "EWOULDBLOCK"},
    ErrorCode{35, "EDEADLOCK"},
    ErrorCode{95, "ENOTSUP"},
};

constexpr auto names_of_all() {
  std::array<std::string_view, kErrorCodes.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kErrorCodes[i].name;
  return names;
}

constexpr auto kNames = names_of_all();

}  // namespace

std::optional<std::int32_t> errno_number(std::string_view name) {
  const auto found = std::find_if(kErrorCodes.begin(), kErrorCodes.end(),
                                  [name](const ErrorCode& code) { return code.name == name; });
  if (found == kErrorCodes.end()) return std::nullopt;
  return found->number;
}

std::string_view errno_name(std::int32_t number) {
  const auto found =
      std::find_if(kErrorCodes.begin(), kErrorCodes.end(),
                   [number](const ErrorCode& code) { return code.number == number; });
  return found == kErrorCodes.end() ? std::string_view() : found->name;
}

std::span<const std::string_view> errno_words() {
  return kNames;
}

}  // namespace luosim::app
