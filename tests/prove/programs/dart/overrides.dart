// Pins all clients of an app with HttpOverrides, set in one of the usual ways, and sends a request: URL CAFILE WAY.
import 'dart:io';

import 'client.dart';
import 'pins.dart';

/// Overrides that a package may set: they ignore pins, and wrap the existing overrides.
class Wrapping extends HttpOverrides {
  Wrapping(this.inner);

  final HttpOverrides inner;

  @override
  HttpClient createHttpClient(SecurityContext? context) =>
      inner.createHttpClient(context)..userAgent = 'wrapped';
}

HttpClient _plain({SecurityContext? context}) => HttpClient(context: context);

Future<void> main(List<String> arguments) async {
  final overrides = switch (arguments[2]) {
    'global' || 'zone' => PinnedHttpOverrides(),
    'wrapped' => Wrapping(PinnedHttpOverrides()),
    final other => throw ArgumentError(other),
  };
  if (arguments[2] == 'zone') {
    await HttpOverrides.runWithHttpOverrides(
      () => ask(arguments[0], arguments[1], _plain),
      overrides,
    );
  } else {
    HttpOverrides.global = overrides;
    await ask(arguments[0], arguments[1], _plain);
  }
}
