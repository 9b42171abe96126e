import Glibc

/// The sanitizer that this process was built with, as the program that it starts was.
package enum Sanitizer {
  /// How much memory a program takes says nothing then.
  package static let isOn: Bool = {
    guard let program = unsafe dlopen(nil, RTLD_NOW) else { return false }
    defer { unsafe dlclose(program) }
    return unsafe dlsym(program, "__asan_init") != nil || dlsym(program, "__tsan_init") != nil
  }()
}
