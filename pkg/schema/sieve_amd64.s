#include "textflag.h"

// Where a cell of no bytes is looked at.
DATA nothing<>+0(SB)/8, $0
GLOBL nothing<>(SB), RODATA|NOPTR, $8

// CELLS is the cell that comes first, in DI, how far the next is from it, in R8, how many there are, in CX, and where they stand, in SI.
#define CELLS \
	MOVQ data+0(FP), SI; \
	MOVQ cells+8(FP), DI; \
	MOVQ width+16(FP), R8; \
	SHLQ $3, R8; \
	MOVQ n+24(FP), CX

// func looksAtOnce(data *byte, cells *Span, width, n int, looks *[256]uint64, found *int32) (end *int32)
//
// Every row is written down, and kept if the bit is set that its cell's first byte and length tell.
TEXT ·looksAtOnce(SB), NOSPLIT, $0-56
	CELLS
	MOVQ looks+32(FP), DX
	MOVQ found+40(FP), R9
	LEAQ nothing<>(SB), R10
	MOVL $63, R11
	XORL R12, R12
	TESTQ CX, CX
	JE done

next:
	MOVQ (DI), AX
	ADDQ R8, DI
	MOVL AX, BX
	ADDQ SI, BX
	SHRQ $32, AX
	CMOVQEQ R10, BX
	MOVBLZX (BX), BX
	MOVQ (DX)(BX*8), BX
	CMPQ AX, R11
	CMOVQHI R11, AX
	MOVL R12, (R9)
	INCL R12
	BTQ AX, BX
	SBBQ AX, AX
	ANDL $4, AX
	ADDQ AX, R9
	DECQ CX
	JNE next

done:
	MOVQ R9, end+48(FP)
	RET

// The signs that may stand between the digits of a phone number, each at the place that its lower half says. At the others is 0, which has
// another one.
DATA signs<>+0(SB)/8, $0x0000000000000020
DATA signs<>+8(SB)/8, $0x00002d0000002928
GLOBL signs<>(SB), RODATA|NOPTR, $16

// func phonesAVX512(data *byte, cells *Span, width, n int, found *int32) (end *int32)
//
// The rows are written down whose cell isReadablePhone does not accept.
TEXT ·phonesAVX512(SB), NOSPLIT, $0-48
	CELLS
	MOVQ found+32(FP), R9
	XORL DX, DX
	MOVQ $-1, R15
	MOVL $48, AX
	VPBROADCASTB AX, Y7
	MOVL $9, AX
	VPBROADCASTB AX, Y8
	VBROADCASTI128 signs<>(SB), Y9

next:
	MOVL 4(DI), BX
	MOVL (DI), R12
	ADDQ SI, R12
	ADDQ R8, DI
	LEAL -9(BX), AX
	CMPL AX, $15
	JHI odd
	CMPB (R12), $43 // +
	JNE odd
	CMPB -1(R12)(BX*1), $32
	JEQ odd
	BZHIQ BX, R15, R11
	KMOVD R11, K1
	VMOVDQU8.Z (R12), K1, Y0
	VPSUBB Y7, Y0, Y1
	VPCMPUB $2, Y8, Y1, K2
	VPSHUFB Y0, Y9, Y1
	VPCMPEQB Y1, Y0, K3
	KMOVD K2, R13 // digits
	KMOVD K3, R14 // signs
	ORL R13, R14
	INCL R14 // and the plus sign
	CMPL R14, R11
	JNE odd
	POPCNTL R13, AX
	SUBL $8, AX
	CMPL AX, $7
	JHI odd
	TZCNTL R13, AX
	MOVBLZX (R12)(AX*1), AX
	CMPL AX, $48
	JEQ odd
	VPBROADCASTB AX, Y1
	VPCMPEQB Y1, Y0, K2
	KMOVD K2, AX
	ANDNL R13, AX, AX // digits that are not the first
	JEQ odd

done:
	INCL DX
	DECQ CX
	JNE next
	MOVQ R9, end+40(FP)
	VZEROUPPER
	RET

odd:
	MOVL DX, (R9)
	ADDQ $4, R9
	JMP done
