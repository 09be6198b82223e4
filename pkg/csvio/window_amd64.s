#include "textflag.h"

// Offsets in a window.
#define AT 0
#define POS 8
#define SEP 16
#define ENDS 24
#define ODD 32
#define REDOUBLED 40
#define BROKEN 48
#define UNPLAIN 56

// Offsets in a carry.
#define INSIDE 0
#define MAYOPEN 8
#define MUSTFIT 16
#define AFTERCR 24
#define AFTERPART 32
#define AFTEREDGE 40
#define ODDDELIM 48
#define BAD 56

// The characters that are looked at closer at the ends of cells, each at the place that its lower half says: a space, # ' and =. At the
// other places are characters that have another lower half, which nothing is equal to there.
DATA edges<>+0(SB)/8, $0x2700000023000020
DATA edges<>+8(SB)/8, $0x00003d0000000000
GLOBL edges<>(SB), RODATA|NOPTR, $16

// The first bytes of letters as in plainPair, in the same way.
DATA pairs<>+0(SB)/8, $0xc70000c4c300d1d0
DATA pairs<>+8(SB)/8, $0x0000000000cac9c8
GLOBL pairs<>(SB), RODATA|NOPTR, $16

// The numbers from 0 to 63.
DATA numbers<>+0(SB)/8, $0x0706050403020100
DATA numbers<>+8(SB)/8, $0x0f0e0d0c0b0a0908
DATA numbers<>+16(SB)/8, $0x1716151413121110
DATA numbers<>+24(SB)/8, $0x1f1e1d1c1b1a1918
DATA numbers<>+32(SB)/8, $0x2726252423222120
DATA numbers<>+40(SB)/8, $0x2f2e2d2c2b2a2928
DATA numbers<>+48(SB)/8, $0x3736353433323130
DATA numbers<>+56(SB)/8, $0x3f3e3d3c3b3a3938
GLOBL numbers<>(SB), RODATA|NOPTR, $64

// NEXT moves a mask by one byte, with what is carried of the window before; CARRY keeps its last bit for the next and spoils it.
#define NEXT(R, AT, TO) \
	LEAQ (R)(R*1), TO; \
	ORQ AT(DX), TO
#define CARRY(R, AT) \
	SHRQ $63, R; \
	MOVQ R, AT(DX)

// SETTLE works out what stands in quotes, and what that makes of the rest, as window.settle does. At first R10, R11, R12 and R13 are the
// delimiters, LF, CR and quotes, R14 what is looked at closer at the ends of cells, save quotes, and R15 what is odd. Then, in turn:
//   - AX: inside quotes, the parity of the quotes up to each byte, which a product without carries with all ones has;
//   - R10, R11, R12: delimiters, LF and CR outside quotes; AX, BX: opening and closing quotes;
//   - R13: ends of rows, which the LF of a CR LF is not; R11: what parts cells or rows; R10: what ends cells;
//   - R12: what follows closing quotes;
//   - R15: opening quotes where none may be, and what may not follow a closing one.
// In the end R10 is what ends cells, BX and R13 are where cells that are looked at closer begin and end, and R15 is not 0 where the text
// is bad. AT(DI) is room to work in.
#define SETTLE \
	MOVQ R15, ODD(DI); \
	VMOVQ R13, X10; \
	VPCMPEQB X11, X11, X11; \
	VPCLMULQDQ $0, X11, X10, X10; \
	VMOVQ X10, AX; \
	XORQ INSIDE(DX), AX; \
	MOVQ AX, BX; \
	SARQ $63, BX; \
	MOVQ BX, INSIDE(DX); \
	MOVQ R11, BX; \
	ORQ R12, BX; \
	ANDQ AX, BX; \
	MOVQ BX, BROKEN(DI); \
	MOVQ R10, R15; \
	ANDQ AX, R15; \
	ANDQ ODDDELIM(DX), R15; \
	ORQ BX, R15; \
	MOVQ R15, UNPLAIN(DI); \
	ANDNQ R10, AX, R10; \
	ANDNQ R11, AX, R11; \
	ANDNQ R12, AX, R12; \
	ANDNQ R13, AX, BX; \
	ANDQ R13, AX; \
	ORQ R14, R13; \
	MOVQ R13, AT(DI); \
	NEXT(R12, AFTERCR, R13); \
	ANDNQ R11, R13, R13; \
	ORQ R12, R13; \
	MOVQ R13, ENDS(DI); \
	ORQ R12, R11; \
	CARRY(R12, AFTERCR); \
	ORQ R10, R11; \
	ORQ R13, R10; \
	NEXT(BX, MUSTFIT, R12); \
	MOVQ AX, R13; \
	ANDQ R12, R13; \
	MOVQ R13, REDOUBLED(DI); \
	MOVQ R11, R13; \
	ORQ BX, R13; \
	NEXT(R13, MAYOPEN, R15); \
	ANDNQ AX, R15, R15; \
	CARRY(R13, MAYOPEN); \
	CARRY(BX, MUSTFIT); \
	MOVQ R11, BX; \
	ORQ AX, BX; \
	ANDNQ R12, BX, BX; \
	ORQ BX, R15; \
	NEXT(R11, AFTERPART, BX); \
	ANDQ AT(DI), BX; \
	CARRY(R11, AFTERPART); \
	NEXT(R14, AFTEREDGE, R13); \
	CARRY(R14, AFTEREDGE); \
	TESTQ R15, R15

// TRUST keeps only what stands before the first bad byte, and makes the window the last.
#define TRUST \
	MOVQ R15, BAD(DX); \
	BLSIQ R15, R15; \
	DECQ R15; \
	ANDQ R15, R10; \
	ANDQ R15, ENDS(DI); \
	ANDQ R15, BX; \
	ANDQ R15, R13; \
	MOVQ n+8(FP), AX; \
	SUBQ CX, AX; \
	INCQ AX; \
	MOVQ AX, n+8(FP); \
	MOVQ $1, CX

// KEEP notes of the marks of a window, which begin where R8 points, which of them end rows and which cells are looked at closer. One that
// begins behind the nth mark ends with the next: behind an LF that is no mark, as a CR went before it, that is one place further on.
#define KEEP \
	MOVQ ENDS(DI), AX; \
	PEXTQ R10, AX, AX; \
	MOVQ BX, R11; \
	SHRQ $1, R11; \
	ANDNQ R11, R10, R12; \
	ANDQ R10, R11; \
	ORQ R12, BX; \
	ANDQ $1, BX; \
	SHRQ $1, R12; \
	ORQ R12, R11; \
	PEXTQ R10, R11, R11; \
	LEAQ (BX)(R11*2), R11; \
	PEXTQ R10, R13, R13; \
	ORQ R13, R11; \
	MOVQ R8, R13; \
	SUBQ marks+40(FP), R13; \
	SHRQ $2, R13; \
	MOVQ R13, BX; \
	SHRQ $6, BX; \
	SHLQ $4, BX; \
	ADDQ kept+48(FP), BX; \
	SHLXQ R13, AX, R12; \
	ORQ R12, 0(BX); \
	SHLXQ R13, R11, R12; \
	ORQ R12, 8(BX); \
	MOVQ R13, R12; \
	NOTQ R12; \
	SHRQ $1, AX; \
	SHRXQ R12, AX, AX; \
	MOVQ AX, 16(BX); \
	SHRQ $1, R11; \
	SHRXQ R12, R11, R11; \
	MOVQ R11, 24(BX); \
	MOVQ ODD(DI), AX; \
	ORQ REDOUBLED(DI), AX; \
	ORQ UNPLAIN(DI), AX

// SPECIAL finishes such a window.
#define SPECIAL \
	MOVQ R13, AT(DI); \
	MOVQ SI, AX; \
	SUBQ b+0(FP), AX; \
	MOVLQZX base+56(FP), BX; \
	ADDQ BX, AX; \
	MOVQ AX, POS(DI); \
	MOVQ R10, SEP(DI); \
	ADDQ $64, DI

#define RESULTS \
	MOVQ n+8(FP), CX; \
	MOVQ CX, looked+64(FP); \
	SUBQ windows+32(FP), DI; \
	SHRQ $6, DI; \
	MOVQ DI, special+72(FP); \
	SUBQ marks+40(FP), R8; \
	SHRQ $2, R8; \
	MOVQ R8, after+80(FP); \
	VZEROUPPER

#define BEGIN \
	MOVQ b+0(FP), SI; \
	MOVQ n+8(FP), CX; \
	MOVQ c+24(FP), DX; \
	MOVQ windows+32(FP), DI; \
	MOVQ marks+40(FP), R8; \
	MOVLQZX at+60(FP), AX; \
	LEAQ (R8)(AX*4), R8

// BROADCAST fills a register with one byte.
#define BROADCAST(BYTE, X, Y) \
	MOVL BYTE, AX; \
	VMOVQ AX, X; \
	VPBROADCASTB X, Y

// MASK brings the highest bits of Y10 and Y11 together.
#define MASK(R) \
	VPMOVMSKB Y10, R; \
	VPMOVMSKB Y11, BX; \
	SHLQ $32, BX; \
	ORQ BX, R

// EQUAL is the mask of the bytes in Y8 and Y9 that are those of a pattern.
#define EQUAL(PATTERN, R) \
	VPCMPEQB PATTERN, Y8, Y10; \
	VPCMPEQB PATTERN, Y9, Y11; \
	MASK(R)

// PLACE writes the place of the lowest bit of R10 and takes it away.
#define PLACE(AT) \
	TZCNTQ R10, AX; \
	ADDL R9, AX; \
	MOVL AX, AT(R12); \
	BLSRQ R10, R10

// func lookAVX2(b *byte, n int, delim byte, c *carry, windows *window, marks *uint32, kept *seen, base, at uint32) (looked, special, after int)
TEXT ·lookAVX2(SB), NOSPLIT, $0-88
	BEGIN
	MOVL base+56(FP), R9
	VPBROADCASTB delim+16(FP), Y0
	BROADCAST($10, X1, Y1)   // LF
	BROADCAST($13, X2, Y2)   // CR
	BROADCAST($34, X3, Y3)   // "
	BROADCAST($31, X4, Y4)   // the last control character
	BROADCAST($127, X5, Y5)  // DEL
	BROADCAST($64, X6, Y6)   // the bit that DEL has and ? has not
	VBROADCASTI128 edges<>(SB), Y7
	BROADCAST($15, X13, Y13)
	BROADCAST($-64, X14, Y14)
	VBROADCASTI128 pairs<>(SB), Y15

next:
	VMOVDQU (SI), Y8
	VMOVDQU 32(SI), Y9
	EQUAL(Y0, R10)
	EQUAL(Y1, R11)
	EQUAL(Y2, R12)
	EQUAL(Y3, R13)
	VPSHUFB Y8, Y7, Y10
	VPSHUFB Y9, Y7, Y11
	VPCMPEQB Y10, Y8, Y10
	VPCMPEQB Y11, Y9, Y11
	MASK(R14)

	// Odd is what is not greater than the last control character, as signed numbers: bytes outside ASCII are negative.
	VPCMPGTB Y4, Y8, Y10
	VPCMPGTB Y4, Y9, Y11
	VPOR Y6, Y8, Y12
	VPCMPEQB Y5, Y12, Y12
	VPANDN Y10, Y12, Y10
	VPOR Y6, Y9, Y12
	VPCMPEQB Y5, Y12, Y12
	VPANDN Y11, Y12, Y11
	MASK(R15)
	ORQ R10, R15
	ORQ R11, R15
	ORQ R12, R15
	NOTQ R15
	TESTQ R15, R15
	JZ even

	// Of that, letters of two bytes are none.
	VPAND Y13, Y8, Y10
	VPAND Y13, Y9, Y11
	VPSHUFB Y10, Y15, Y10
	VPSHUFB Y11, Y15, Y11
	VPCMPEQB Y10, Y8, Y10
	VPCMPEQB Y11, Y9, Y11
	MASK(AX)
	MOVQ AX, AT(DI)
	VPCMPGTB Y8, Y14, Y10
	VPCMPGTB Y9, Y14, Y11
	MASK(AX)
	SHRQ $1, AX
	ANDQ AT(DI), AX
	LEAQ (AX)(AX*2), AX
	ANDNQ R15, AX, R15

even:
	SETTLE
	JNZ bad

good:
	KEEP
	JNZ special

places:
	POPCNTQ R10, R11
	MOVQ R8, R12
	LEAQ (R8)(R11*4), R8
	TESTQ R10, R10
	JZ placed

eight:
	PLACE(0)
	PLACE(4)
	PLACE(8)
	PLACE(12)
	PLACE(16)
	PLACE(20)
	PLACE(24)
	PLACE(28)
	ADDQ $32, R12
	TESTQ R10, R10
	JNZ eight

placed:
	ADDL $64, R9
	ADDQ $64, SI
	DECQ CX
	JNZ next
	RESULTS
	RET

special:
	SPECIAL
	JMP places

bad:
	TRUST
	JMP good

// func lookAVX512(b *byte, n int, delim byte, c *carry, windows *window, marks *uint32, kept *seen, base, at uint32) (looked, special, after int)
TEXT ·lookAVX512(SB), NOSPLIT, $0-88
	BEGIN
	VPBROADCASTB delim+16(FP), Z0
	BROADCAST($10, X1, Z1)
	BROADCAST($13, X2, Z2)
	BROADCAST($34, X3, Z3)
	BROADCAST($31, X4, Z4)
	BROADCAST($127, X5, Z5)
	BROADCAST($64, X6, Z6)
	VBROADCASTI32X4 edges<>(SB), Z7
	BROADCAST($15, X13, Z13)
	BROADCAST($-64, X14, Z14)
	VBROADCASTI32X4 pairs<>(SB), Z15
	VMOVDQU64 numbers<>(SB), Z16
	MOVL base+56(FP), AX
	VPBROADCASTD AX, Z17
	MOVL $64, AX
	VPBROADCASTD AX, Z18

next:
	VMOVDQU64 (SI), Z8
	VPCMPEQB Z0, Z8, K1
	VPCMPEQB Z1, Z8, K2
	VPCMPEQB Z2, Z8, K3
	VPCMPEQB Z3, Z8, K4
	KMOVQ K1, R10
	KMOVQ K2, R11
	KMOVQ K3, R12
	KMOVQ K4, R13
	VPSHUFB Z8, Z7, Z9
	VPCMPEQB Z9, Z8, K5
	VPCMPGTB Z4, Z8, K1
	VPORQ Z6, Z8, Z9
	VPCMPEQB Z5, Z9, K2
	KANDNQ K1, K2, K1
	KMOVQ K5, R14
	KMOVQ K1, R15
	VPANDQ Z13, Z8, Z9
	VPSHUFB Z9, Z15, Z9
	VPCMPEQB Z9, Z8, K3
	VPCMPGTB Z8, Z14, K4
	KSHIFTRQ $1, K4, K4
	KANDQ K3, K4, K3
	KMOVQ K3, AX
	ORQ R10, R15
	ORQ R11, R15
	ORQ R12, R15
	LEAQ (AX)(AX*2), AX
	ORQ AX, R15
	NOTQ R15
	SETTLE
	JNZ bad

good:
	KEEP
	JNZ special

places:
	POPCNTQ R10, R11
	KMOVQ R10, K1
	VPCOMPRESSB.Z Z16, K1, Z9
	VPMOVZXBD X9, Z10
	VPADDD Z17, Z10, Z10
	VMOVDQU32 Z10, (R8)
	LEAQ (R8)(R11*4), R12
	CMPQ R11, $16
	JA many

placed:
	MOVQ R12, R8
	VPADDD Z18, Z17, Z17
	ADDQ $64, SI
	DECQ CX
	JNZ next
	RESULTS
	RET

many:
	VEXTRACTI32X4 $1, Z9, X10
	VPMOVZXBD X10, Z10
	VPADDD Z17, Z10, Z10
	VMOVDQU32 Z10, 64(R8)
	VEXTRACTI32X4 $2, Z9, X10
	VPMOVZXBD X10, Z10
	VPADDD Z17, Z10, Z10
	VMOVDQU32 Z10, 128(R8)
	VEXTRACTI32X4 $3, Z9, X10
	VPMOVZXBD X10, Z10
	VPADDD Z17, Z10, Z10
	VMOVDQU32 Z10, 192(R8)
	JMP placed

special:
	SPECIAL
	JMP places

bad:
	TRUST
	JMP good

// func spansAVX2(spans *schema.Span, marks *uint32, n int)
TEXT ·spansAVX2(SB), NOSPLIT, $0-24
	MOVQ spans+0(FP), DI
	MOVQ marks+8(FP), SI
	MOVQ n+16(FP), CX
	VPCMPEQD Y0, Y0, Y0 // minus one

eight:
	VMOVDQU (SI), Y1
	VPSUBD Y0, Y1, Y1
	VMOVDQU 4(SI), Y2
	VPSUBD Y1, Y2, Y2
	VPUNPCKLDQ Y2, Y1, Y3
	VPUNPCKHDQ Y2, Y1, Y4
	VPERM2I128 $0x20, Y4, Y3, Y5
	VPERM2I128 $0x31, Y4, Y3, Y6
	VMOVDQU Y5, (DI)
	VMOVDQU Y6, 32(DI)
	ADDQ $32, SI
	ADDQ $64, DI
	SUBQ $8, CX
	JA eight
	VZEROUPPER
	RET
