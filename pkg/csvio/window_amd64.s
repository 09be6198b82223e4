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
	VPXOR Y4, Y4, Y4       // NUL

next:
	VMOVDQU (SI), Y8
	VMOVDQU 32(SI), Y9
	EQUAL(Y0, 0)
	EQUAL(Y1, 8)
	EQUAL(Y2, 16)
	EQUAL(Y3, 24)
	VPCMPEQB Y4, Y8, Y10
	VPCMPEQB Y4, Y9, Y11
	VPOR Y8, Y10, Y10
	VPOR Y9, Y11, Y11
	VPMOVMSKB Y10, AX
	VPMOVMSKB Y11, BX
	SHLQ $32, BX
	ORQ BX, AX
	MOVQ AX, 32(DI)
	ADDQ $64, SI
	ADDQ $40, DI
	DECQ CX
	JNZ next
	VZEROUPPER
	RET
