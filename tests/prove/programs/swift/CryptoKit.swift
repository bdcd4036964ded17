// Replaces Apple's CryptoKit: SHA-256 by FIPS 180-4, its constants computed as the standard defines them.
import Foundation

public enum SHA256 {
  public static func hash<D: DataProtocol>(data: D) -> [UInt8] {
    var message = [UInt8](data)
    let bits = UInt64(message.count) * 8
    message.append(0x80)
    while message.count % 64 != 56 { message.append(0) }
    for shift in stride(from: 56, through: 0, by: -8) { message.append(UInt8(truncatingIfNeeded: bits >> UInt64(shift))) }
    var state: [UInt32] = roots(of: 2, count: 8)
    let constants = roots(of: 3, count: 64)
    for block in stride(from: 0, to: message.count, by: 64) {
      var words = (0..<16).map { at in
        message[(block + at * 4)..<(block + at * 4 + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
      }
      for at in 16..<64 {
        let a = words[at - 15], b = words[at - 2]
        let first = turned(a, 7) ^ turned(a, 18) ^ (a >> 3)
        let second = turned(b, 17) ^ turned(b, 19) ^ (b >> 10)
        words.append(words[at - 16] &+ first &+ words[at - 7] &+ second)
      }
      var v = state
      for at in 0..<64 {
        let e = turned(v[4], 6) ^ turned(v[4], 11) ^ turned(v[4], 25)
        let first = v[7] &+ e &+ ((v[4] & v[5]) ^ (~v[4] & v[6])) &+ constants[at] &+ words[at]
        let a = turned(v[0], 2) ^ turned(v[0], 13) ^ turned(v[0], 22)
        let second = a &+ ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]))
        v = [first &+ second, v[0], v[1], v[2], v[3] &+ first, v[4], v[5], v[6]]
      }
      for at in 0..<8 { state[at] = state[at] &+ v[at] }
    }
    return state.flatMap { word in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) } }
  }
}

private func turned(_ word: UInt32, _ by: UInt32) -> UInt32 { word >> by | word << (32 - by) }

/// The first 32 bits of the fractional parts of square or cube roots of the first primes.
private func roots(of degree: Int, count: Int) -> [UInt32] {
  var primes: [Int] = []
  var candidate = 2
  while primes.count < count {
    if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
    candidate += 1
  }
  return primes.map { prime in
    let root = degree == 2 ? Double(prime).squareRoot() : cbrt(Double(prime))
    return UInt32((root - root.rounded(.down)) * 4294967296)
  }
}
