import Foundation

/// SHA-256 (FIPS 180-4) for tests where there is no CryptoKit.
func testSHA256(_ data: Data) -> Data {
    let primes: [Double] = firstPrimes(64).map { Double($0) }
    let constants: [UInt32] = primes.map { fraction(cbrt($0)) }
    var hash: [UInt32] = primes.prefix(8).map { fraction($0.squareRoot()) }

    var message: [UInt8] = Array(data)
    message.append(0x80)
    while message.count % 64 != 56 { message.append(0) }
    message += bytes(UInt64(data.count * 8))

    for start in stride(from: 0, to: message.count, by: 64) {
        var words: [UInt32] = []
        for i in 0..<16 {
            let offset: Int = start + i * 4
            words.append(
                message[offset..<offset + 4].reduce(0 as UInt32) { word, byte in
                    word << 8 | UInt32(byte)
                }
            )
        }
        for i in 16..<64 {
            let a: UInt32 = words[i - 15]
            let b: UInt32 = words[i - 2]
            let s0: UInt32 = rotated(a, 7) ^ rotated(a, 18) ^ (a >> 3)
            let s1: UInt32 = rotated(b, 17) ^ rotated(b, 19) ^ (b >> 10)
            words.append(words[i - 16] &+ s0 &+ words[i - 7] &+ s1)
        }
        var v: [UInt32] = hash
        for i in 0..<64 {
            let s1: UInt32 = rotated(v[4], 6) ^ rotated(v[4], 11) ^ rotated(v[4], 25)
            let choice: UInt32 = (v[4] & v[5]) ^ (~v[4] & v[6])
            let t1: UInt32 = v[7] &+ s1 &+ choice &+ constants[i] &+ words[i]
            let s0: UInt32 = rotated(v[0], 2) ^ rotated(v[0], 13) ^ rotated(v[0], 22)
            let majority: UInt32 = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2])
            v = [t1 &+ s0 &+ majority, v[0], v[1], v[2], v[3] &+ t1, v[4], v[5], v[6]]
        }
        for i in 0..<8 { hash[i] = hash[i] &+ v[i] }
    }
    return Data(hash.flatMap { bytes($0) })
}

private func firstPrimes(_ count: Int) -> [Int] {
    var primes: [Int] = []
    var number = 2
    while primes.count < count {
        if primes.allSatisfy({ number % $0 != 0 }) { primes.append(number) }
        number += 1
    }
    return primes
}

/// The first 32 bits after the point.
private func fraction(_ number: Double) -> UInt32 {
    UInt32((number - number.rounded(.down)) * 4_294_967_296)
}

private func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    (word >> bits) | (word << (32 - bits))
}

private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.bigEndian) { Array($0) }
}
