#include "textflag.h"

// A byte's kind is the bit that the two numbers have in common which its lower and its upper half are given: 0x80 is the @, 0x40 a full
// stop, 0x20 a hyphen, 0x10 a plus sign, 8 an underscore, 4 a digit; 2 and 1 are letters.
DATA lower<>+0(SB)/8, $0x0707070707070785
DATA lower<>+8(SB)/8, $0x0a42220212030707
GLOBL lower<>(SB), RODATA|NOPTR, $16
DATA upper<>+0(SB)/8, $0x0102098204700000
DATA upper<>+8(SB)/8, $0x0000000000000000
GLOBL upper<>(SB), RODATA|NOPTR, $16

// MASK stores, for each byte of Y, whether its highest bit is set.
#define MASK(Y, AT) \
	VPMOVMSKB Y, AX; \
	MOVQ AX, AT(DI)

// func kindsAVX2(b *byte, k *mailKinds)
TEXT ·kindsAVX2(SB), NOSPLIT, $0-16
	MOVQ b+0(FP), SI
	MOVQ k+8(FP), DI
	VBROADCASTI128 lower<>(SB), Y1
	VBROADCASTI128 upper<>(SB), Y2
	MOVL $0x0f0f0f0f, AX
	VMOVQ AX, X3
	VPBROADCASTD X3, Y3
	VMOVDQU (SI), Y0
	VPSRLW $4, Y0, Y4
	VPAND Y3, Y4, Y4
	VPAND Y3, Y0, Y5
	VPSHUFB Y4, Y2, Y4
	VPSHUFB Y5, Y1, Y5
	VPAND Y4, Y5, Y5
	MASK(Y5, 0)
	VPSLLW $1, Y5, Y6
	MASK(Y6, 8)
	VPSLLW $2, Y5, Y6
	MASK(Y6, 16)
	VPSLLW $3, Y5, Y6
	VPSLLW $4, Y5, Y7
	VPOR Y6, Y7, Y6
	MASK(Y6, 24)
	VPSLLW $6, Y5, Y6
	VPSLLW $7, Y5, Y7
	VPOR Y6, Y7, Y6
	MASK(Y6, 32)
	VPXOR Y6, Y6, Y6
	VPCMPEQB Y6, Y5, Y6
	MASK(Y6, 40)
	VPSLLW $2, Y0, Y6
	MASK(Y6, 48)
	VZEROUPPER
	RET
