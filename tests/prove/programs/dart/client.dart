/// Sends one request with a generated client, and succeeds if the status is below 400.
library;

import 'dart:io';

typedef Make = HttpClient Function({SecurityContext? context});

Future<void> ask(String url, String cafile, Make make) async {
  final context = SecurityContext(withTrustedRoots: false)
    ..setTrustedCertificates(cafile);
  final client = make(context: context)..findProxy = (_) => 'DIRECT';
  try {
    final status = await _get(client, url).timeout(const Duration(seconds: 8));
    exit(status < 400 ? 0 : 1);
  } catch (error) {
    stderr.writeln(error);
    exit(1);
  }
}

Future<int> _get(HttpClient client, String url) async {
  final request = await client.getUrl(Uri.parse(url));
  final response = await request.close();
  await response.drain<void>();
  return response.statusCode;
}
