#include "textflag.h"

// Offsets in a window.
#define SEP 0
#define ENDS 8
#define EDGES 16
#define SPECIAL 24
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

// The characters that are looked at closer at the ends of cells, each at the place that its lower half says: a space, # ' and =. At the
// other places are characters that have another lower half, which nothing is equal to there.
DATA edges<>+0(SB)/8, $0x2700000023000020
DATA edges<>+8(SB)/8, $0x00003d0000000000
GLOBL edges<>(SB), RODATA|NOPTR, $16

// NEXT moves a mask by one byte, with what is carried of the window before; CARRY keeps its last bit for the next and spoils it.
#define NEXT(R, AT, TO) \
	LEAQ (R)(R*1), TO; \
	ORQ AT(DX), TO
#define CARRY(R, AT) \
	SHRQ $63, R; \
	MOVQ R, AT(DX)

// PLACE writes the place of the lowest bit of R10 and takes it away.
#define PLACE(AT) \
	TZCNTQ R10, AX; \
	ADDL R9, AX; \
	MOVL AX, AT(R12); \
	BLSRQ R10, R10

// func lookAVX2(b *byte, n int, delim byte, c *carry, windows *window, marks *uint32, base uint32) (looked int)
TEXT ·lookAVX2(SB), NOSPLIT, $0-64
	MOVQ b+0(FP), SI
	MOVQ n+8(FP), CX
	VPBROADCASTB delim+16(FP), Y0
	MOVQ c+24(FP), DX
	MOVQ windows+32(FP), DI
	MOVQ marks+40(FP), R8
	MOVL base+48(FP), R9
	BROADCAST($10, X1, Y1)   // LF
	BROADCAST($13, X2, Y2)   // CR
	BROADCAST($34, X3, Y3)   // "
	BROADCAST($31, X4, Y4)   // the last control character
	BROADCAST($127, X5, Y5)  // DEL
	BROADCAST($64, X6, Y6)   // the bit that DEL has and ? has not
	VBROADCASTI128 edges<>(SB), Y7

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
	MOVQ R15, ODD(DI)

	// AX: inside quotes, the parity of the quotes up to each byte. A product without carries with all ones has it.
	VMOVQ R13, X10
	VPCMPEQB X11, X11, X11
	VPCLMULQDQ $0, X11, X10, X10
	VMOVQ X10, AX
	XORQ INSIDE(DX), AX
	MOVQ AX, BX
	SARQ $63, BX
	MOVQ BX, INSIDE(DX)

	// What is special: R15 gathers it.
	MOVQ R11, BX
	ORQ R12, BX
	ANDQ AX, BX
	MOVQ BX, BROKEN(DI)
	ORQ BX, R15
	MOVQ R10, BX
	ANDQ AX, BX
	ANDQ ODDDELIM(DX), BX
	ORQ BX, R15
	ORQ BROKEN(DI), BX
	MOVQ BX, UNPLAIN(DI)

	// R10, R11, R12: delimiters, LF and CR outside quotes. AX, BX: opening and closing quotes.
	ANDNQ R10, AX, R10
	ANDNQ R11, AX, R11
	ANDNQ R12, AX, R12
	ORQ R12, R15
	ANDNQ R13, AX, BX
	ANDQ R13, AX
	ORQ R14, R13
	MOVQ R13, EDGES(DI)

	// R13: ends of rows, which the LF of a CR LF is not. R11: what parts cells or rows. R10: what ends cells.
	NEXT(R12, AFTERCR, R13)
	ANDNQ R11, R13, R13
	ORQ R12, R13
	MOVQ R13, ENDS(DI)
	ORQ R12, R11
	CARRY(R12, AFTERCR)
	ORQ R10, R11
	ORQ R13, R10

	// R12: what follows closing quotes.
	NEXT(BX, MUSTFIT, R12)
	MOVQ AX, R13
	ANDQ R12, R13
	MOVQ R13, REDOUBLED(DI)
	ORQ R13, R15
	MOVQ R15, SPECIAL(DI)

	// R15: opening quotes where none may be, and what may not follow a closing one.
	MOVQ R11, R13
	ORQ BX, R13
	NEXT(R13, MAYOPEN, R15)
	ANDNQ AX, R15, R15
	CARRY(R13, MAYOPEN)
	CARRY(BX, MUSTFIT)
	MOVQ R11, BX
	ORQ AX, BX
	ANDNQ R12, BX, BX
	ORQ BX, R15

	NEXT(R11, AFTERPART, R12)
	ANDQ EDGES(DI), R12
	CARRY(R11, AFTERPART)
	NEXT(R14, AFTEREDGE, R13)
	ANDQ R10, R13
	ORQ R13, R12
	MOVQ R12, EDGES(DI)
	CARRY(R14, AFTEREDGE)

	TESTQ R15, R15
	JNZ bad

places:
	MOVQ R10, SEP(DI)
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
	ADDQ $64, DI
	DECQ CX
	JNZ next
	MOVQ n+8(FP), CX

done:
	MOVQ CX, looked+56(FP)
	VZEROUPPER
	RET

bad:
	// Only what stands before the first of them is good, and this is the last window.
	MOVQ R15, BAD(DX)
	BLSIQ R15, R15
	DECQ R15
	ANDQ R15, R10
	ANDQ R15, ENDS(DI)
	ANDQ R15, EDGES(DI)
	MOVQ n+8(FP), AX
	SUBQ CX, AX
	INCQ AX
	MOVQ AX, n+8(FP)
	MOVQ $1, CX
	JMP places
