/// Replaces package:crypto, which no registry of these tests has, with SHA-256 as in FIPS 180-4.
library;

import 'dart:typed_data';

const sha256 = Sha256();

class Digest {
  Digest(this.bytes);

  final List<int> bytes;
}

class Sha256 {
  const Sha256();

  Digest convert(List<int> data) {
    final size = (data.length + 9 + 63) ~/ 64 * 64;
    final padded = Uint8List(size)..setAll(0, data);
    padded[data.length] = 0x80;
    final view = ByteData.sublistView(padded);
    view.setUint32(size - 4, data.length * 8);
    final hash = Uint32List.fromList(_start);
    final words = Uint32List(64);
    for (var block = 0; block < size; block += 64) {
      for (var at = 0; at < 16; at++) {
        words[at] = view.getUint32(block + at * 4);
      }
      for (var at = 16; at < 64; at++) {
        final a = words[at - 15], b = words[at - 2];
        final low = _turn(a, 7) ^ _turn(a, 18) ^ (a >>> 3);
        final high = _turn(b, 17) ^ _turn(b, 19) ^ (b >>> 10);
        words[at] = words[at - 16] + low + words[at - 7] + high;
      }
      final h = Uint32List.fromList(hash);
      for (var at = 0; at < 64; at++) {
        final sum = _turn(h[4], 6) ^ _turn(h[4], 11) ^ _turn(h[4], 25);
        final choice = (h[4] & h[5]) ^ (~h[4] & 0xffffffff & h[6]);
        final first = h[7] + sum + choice + _round[at] + words[at];
        final other = _turn(h[0], 2) ^ _turn(h[0], 13) ^ _turn(h[0], 22);
        final majority = (h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]);
        h.setRange(1, 8, Uint32List.fromList(h));
        h[4] = h[4] + first;
        h[0] = first + other + majority;
      }
      for (var at = 0; at < 8; at++) {
        hash[at] = hash[at] + h[at];
      }
    }
    final out = ByteData(32);
    for (var at = 0; at < 8; at++) {
      out.setUint32(at * 4, hash[at]);
    }
    return Digest(out.buffer.asUint8List());
  }

  static int _turn(int word, int by) =>
      (word >>> by | word << (32 - by)) & 0xffffffff;
}

const _start = [
  0x6a09e667,
  0xbb67ae85,
  0x3c6ef372,
  0xa54ff53a,
  0x510e527f,
  0x9b05688c,
  0x1f83d9ab,
  0x5be0cd19,
];

const _round = [
  0x428a2f98,
  0x71374491,
  0xb5c0fbcf,
  0xe9b5dba5,
  0x3956c25b,
  0x59f111f1,
  0x923f82a4,
  0xab1c5ed5,
  0xd807aa98,
  0x12835b01,
  0x243185be,
  0x550c7dc3,
  0x72be5d74,
  0x80deb1fe,
  0x9bdc06a7,
  0xc19bf174,
  0xe49b69c1,
  0xefbe4786,
  0x0fc19dc6,
  0x240ca1cc,
  0x2de92c6f,
  0x4a7484aa,
  0x5cb0a9dc,
  0x76f988da,
  0x983e5152,
  0xa831c66d,
  0xb00327c8,
  0xbf597fc7,
  0xc6e00bf3,
  0xd5a79147,
  0x06ca6351,
  0x14292967,
  0x27b70a85,
  0x2e1b2138,
  0x4d2c6dfc,
  0x53380d13,
  0x650a7354,
  0x766a0abb,
  0x81c2c92e,
  0x92722c85,
  0xa2bfe8a1,
  0xa81a664b,
  0xc24b8b70,
  0xc76c51a3,
  0xd192e819,
  0xd6990624,
  0xf40e3585,
  0x106aa070,
  0x19a4c116,
  0x1e376c08,
  0x2748774c,
  0x34b0bcb5,
  0x391c0cb3,
  0x4ed8aa4a,
  0x5b9cca4f,
  0x682e6ff3,
  0x748f82ee,
  0x78a5636f,
  0x84c87814,
  0x8cc70208,
  0x90befffa,
  0xa4506ceb,
  0xbef9a3f7,
  0xc67178f2,
];
