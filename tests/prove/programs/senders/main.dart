/// Asks a server with the sender of a page in place, and waits until its input ends: URL CAFILE
library;

import 'dart:convert';
import 'dart:io';

import 'pins.dart';

// SENDER

Future<void> main(List<String> arguments) async {
  final context = SecurityContext(withTrustedRoots: false)
    ..setTrustedCertificates(arguments[1]);
  final pinned = pinnedHttpClient(context: context, onMismatch: report)
    ..findProxy = (_) => 'DIRECT';
  try {
    final request = await pinned.getUrl(Uri.parse(arguments[0]));
    stdout.writeln((await request.close()).statusCode);
  } catch (error) {
    stdout.writeln(error);
  }
  await stdin.drain<void>();
  exit(0);
}
