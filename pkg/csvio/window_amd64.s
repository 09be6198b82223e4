#include "textflag.h"

// The masks of 64 bytes in Y8 and Y9: of those equal to the bytes of PATTERN, into the window at DI.
#define EQUAL(PATTERN, AT) \
	VPCMPEQB PATTERN, Y8, Y10; \
	VPCMPEQB PATTERN, Y9, Y11; \
	VPMOVMSKB Y10, AX; \
	VPMOVMSKB Y11, BX; \
	SHLQ $32, BX; \
	ORQ BX, AX; \
	MOVQ AX, AT(DI)

// BROADCAST fills a register with one byte.
#define BROADCAST(BYTE, X, Y) \
	MOVL BYTE, AX; \
	VMOVQ AX, X; \
	VPBROADCASTB X, Y

// func lookAVX2(b *byte, n int, delim byte, windows *window)
TEXT ·lookAVX2(SB), NOSPLIT, $0-32
	MOVQ b+0(FP), SI
	MOVQ n+8(FP), CX
	VPBROADCASTB delim+16(FP), Y0
	MOVQ windows+24(FP), DI
	BROADCAST($10, X1, Y1) // LF
	BROADCAST($13, X2, Y2) // CR
	BROADCAST($34, X3, Y3) // "
	BROADCAST($31, X4, Y4)  // the last control character
	BROADCAST($127, X5, Y5) // DEL
	BROADCAST($63, X6, Y6)  // ?

next:
	VMOVDQU (SI), Y8
	VMOVDQU 32(SI), Y9
	EQUAL(Y0, 0)
	EQUAL(Y1, 8)
	EQUAL(Y2, 16)
	EQUAL(Y3, 24)

	// Odd is what is not greater than the last control character, as signed numbers: bytes outside ASCII are negative.
	VPCMPGTB Y4, Y8, Y10
	VPCMPGTB Y4, Y9, Y11
	VPCMPEQB Y5, Y8, Y12
	VPCMPEQB Y5, Y9, Y13
	VPANDN Y10, Y12, Y10
	VPANDN Y11, Y13, Y11
	VPCMPEQB Y6, Y8, Y12
	VPCMPEQB Y6, Y9, Y13
	VPANDN Y10, Y12, Y10
	VPANDN Y11, Y13, Y11
	VPMOVMSKB Y10, AX
	VPMOVMSKB Y11, BX
	SHLQ $32, BX
	ORQ BX, AX
	ORQ 0(DI), AX
	ORQ 8(DI), AX
	ORQ 16(DI), AX
	NOTQ AX
	MOVQ AX, 32(DI)
	ADDQ $64, SI
	ADDQ $40, DI
	DECQ CX
	JNZ next
	VZEROUPPER
	RET
