#include "textflag.h"

// Where a cell of no bytes is looked at.
DATA nothing<>+0(SB)/8, $0
GLOBL nothing<>(SB), RODATA|NOPTR, $8

// func looksAtOnce(data *byte, cells *Span, width, n int, looks *[256]uint64, found *int32) (end *int32)
//
// Every row is written down, and kept if the bit is set that its cell's first byte and length tell.
TEXT ·looksAtOnce(SB), NOSPLIT, $0-56
	MOVQ data+0(FP), SI
	MOVQ cells+8(FP), DI
	MOVQ width+16(FP), R8
	SHLQ $3, R8
	MOVQ n+24(FP), CX
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
