// Has all of an app's clients pinned by HttpOverrides, in the ways in which apps set them, and asks once: URL CAFILE WAY.
import 'dart:io';

import 'client.dart';
import 'pins.dart';

/// What a package may set: it knows nothing of pins, and wraps what is there.
class Wrapping extends HttpOverrides {
  Wrapping(this.inner);

  final HttpOverrides inner;

  @override
  HttpClient createHttpClient(SecurityContext? context) =>
      inner.createHttpClient(context)..userAgent = 'wrapped';
}

class Pinned extends HttpOverrides {
  @override
  HttpClient createHttpClient(SecurityContext? context) =>
      pinnedHttpClient(context: context);
}

HttpClient _plain({SecurityContext? context}) => HttpClient(context: context);

Future<void> main(List<String> told) async {
  final overrides = switch (told[2]) {
    'global' || 'zone' => Pinned(),
    'wrapped' => Wrapping(Pinned()),
    final other => throw ArgumentError(other),
  };
  if (told[2] == 'zone') {
    await HttpOverrides.runWithHttpOverrides(
      () => ask(told[0], told[1], _plain),
      overrides,
    );
  } else {
    HttpOverrides.global = overrides;
    await ask(told[0], told[1], _plain);
  }
}
