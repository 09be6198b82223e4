#include "textflag.h"

// func daysAtOnce(data *byte, cells *schema.Span, width, n int, found *uint8) (end *uint8)
//
// The rows are written down whose cell is not blank and neither a day as 2026-12-31 nor that with a T, anything, and a Z behind.
TEXT ·daysAtOnce(SB), NOSPLIT, $0-48
	MOVQ data+0(FP), SI
	MOVQ cells+8(FP), DI
	MOVQ width+16(FP), R8
	SHLQ $3, R8
	MOVQ n+24(FP), CX
	MOVQ found+32(FP), R9
	MOVQ $0x2d30302d30303030, R10 // 0000-00-
	MOVQ $0x7f76767f76767676, R11
	MOVQ $0x8080808080808080, R13
	XORL DX, DX

next:
	MOVL 4(DI), BX
	MOVL (DI), R12
	ADDQ SI, R12
	ADDQ R8, DI
	CMPL BX, $10
	JLT short
	JEQ day
	CMPB 10(R12), $84 // T
	JNE found
	CMPB -1(R12)(BX*1), $90 // Z
	JNE found

day:
	MOVQ (R12), AX
	XORQ R10, AX
	LEAQ (AX)(R11*1), BX
	ORQ AX, BX
	ANDQ R13, BX
	MOVWLZX 8(R12), AX
	XORL $0x3030, AX
	LEAL 0x7676(AX), R12
	ORL AX, R12
	ANDL $0x8080, R12
	ORQ R12, BX
	JNE found

done:
	INCL DX
	DECQ CX
	JNE next
	MOVQ R9, end+40(FP)
	RET

short:
	TESTL BX, BX
	JE done

found:
	MOVB DX, (R9)
	INCQ R9
	JMP done
