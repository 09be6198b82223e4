package gen

import "math/bits"

// mix spreads x over all 64 bits: the finaliser of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
// generators", 2014). Different inputs have different outputs.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// permutation puts the numbers 0 to size-1 into an order that looks random, without a table, so that a list of any length can be
// shuffled in constant memory. [permutation.at] and [permutation.find] are each other's inverse.
//
// It is a Feistel network over as many bits as size-1 needs. A number that comes out too large is sent through again until it fits
// ("cycle walking"), which takes fewer than two passes on average because the network's domain is less than twice the size.
type permutation struct {
	size      uint64
	leftBits  uint
	rightBits uint
	keys      [rounds]uint64
}

// rounds is even, so that left and right are changed equally often, and large enough for short lists to look shuffled too.
const rounds = 6

func newPermutation(size int, seed uint64) permutation {
	p := permutation{size: uint64(size)}
	if size > 1 {
		width := uint(bits.Len64(p.size - 1))
		p.leftBits = width / 2
		p.rightBits = width - p.leftBits
	}
	for i := range p.keys {
		seed = mix(seed)
		p.keys[i] = seed
	}
	return p
}

// at returns the number at position x, for 0 ≤ x < size.
func (p *permutation) at(x int) int {
	n := uint64(x)
	for {
		left, right := n>>p.rightBits, n&(1<<p.rightBits-1)
		for i := 0; i < rounds; i += 2 {
			left ^= mix(right^p.keys[i]) & (1<<p.leftBits - 1)
			right ^= mix(left^p.keys[i+1]) & (1<<p.rightBits - 1)
		}
		if n = left<<p.rightBits | right; n < p.size {
			return int(n)
		}
	}
}

// find returns the position of the number y, for 0 ≤ y < size.
func (p *permutation) find(y int) int {
	n := uint64(y)
	for {
		left, right := n>>p.rightBits, n&(1<<p.rightBits-1)
		for i := rounds - 2; i >= 0; i -= 2 {
			right ^= mix(left^p.keys[i+1]) & (1<<p.rightBits - 1)
			left ^= mix(right^p.keys[i]) & (1<<p.leftBits - 1)
		}
		if n = left<<p.rightBits | right; n < p.size {
			return int(n)
		}
	}
}
