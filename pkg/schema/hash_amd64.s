#include "textflag.h"

// Where a cell of no bytes is looked at: it begins and ends with a letter.
DATA letters<>+0(SB)/8, $0x6161616161616161
GLOBL letters<>(SB), RODATA|NOPTR, $8

// BROADCAST fills a register with one byte.
#define BROADCAST(BYTE, Z) \
	MOVL BYTE, AX; \
	VPBROADCASTB AX, Z

// KEYS readies what the others need.
#define KEYS \
	VMOVDQU64 0(DX), Z5; \
	VMOVDQU64 64(DX), Z1; \
	VMOVDQU64 128(DX), Z2; \
	MOVQ $-1, R15

// ARGUMENTS are those that foldedVAES and personsVAES have in common.
#define ARGUMENTS \
	MOVQ keys+0(FP), DX; \
	MOVQ data+8(FP), SI; \
	MOVQ cells+16(FP), DI; \
	MOVQ width+24(FP), R8; \
	SHLQ $3, R8; \
	MOVQ n+32(FP), CX; \
	MOVQ to+40(FP), R9

#define LETTERS \
	BROADCAST($65, Z7); \
	BROADCAST($26, Z8); \
	BROADCAST($32, Z11)

// SMALL makes the capitals of ASCII in X small.
#define SMALL(X, ROOM) \
	VPSUBB Z7, X, ROOM; \
	VPCMPUB $1, Z8, ROOM, K2; \
	VPADDB Z11, X, K2, X

// LOAD is BX bytes at R12, with zeros behind.
#define LOAD(X) \
	BZHIQ BX, R15, AX; \
	KMOVQ AX, K1; \
	VMOVDQU8.Z (R12), K1, X

// HASH brings Z3, of which BX bytes are text, to an odd number in AX. Four lanes go through two rounds of AES, and together through one more.
#define HASH \
	VPBROADCASTB BX, Z4; \
	VPTERNLOGQ $0x96, Z4, Z5, Z3; \
	VAESENC Z1, Z3, Z3; \
	VAESENC Z2, Z3, Z3; \
	VEXTRACTI64X4 $1, Z3, Y4; \
	VPXOR Y4, Y3, Y3; \
	VEXTRACTI128 $1, Y3, X4; \
	VPXOR X4, X3, X3; \
	VAESENC X1, X3, X3; \
	VMOVQ X3, AX; \
	ORQ $1, AX

// func shortVAES(keys *hashKeys, p *byte, n int) uint64
TEXT ·shortVAES(SB), NOSPLIT, $0-32
	MOVQ keys+0(FP), DX
	MOVQ p+8(FP), R12
	MOVQ n+16(FP), BX
	KEYS
	LOAD(Z3)
	HASH
	MOVQ AX, ret+24(FP)
	VZEROUPPER
	RET

// func foldedVAES(keys *hashKeys, data *byte, cells *Span, width, n int, to *uint64)
TEXT ·foldedVAES(SB), NOSPLIT, $0-48
	ARGUMENTS
	KEYS
	LETTERS

next:
	MOVL 4(DI), BX
	MOVL (DI), R12
	ADDQ SI, R12
	ADDQ R8, DI
	XORL AX, AX
	TESTL BX, BX
	JE done
	CMPL BX, $63
	JHI apart
	CMPB (R12), $32
	JLS apart
	CMPB -1(R12)(BX*1), $32
	JLS apart
	LOAD(Z3)
	VPMOVB2M Z3, K2
	KORTESTQ K2, K2
	JNE apart
	SMALL(Z3, Z9)
	HASH

done:
	MOVQ AX, (R9)
	ADDQ $8, R9
	DECQ CX
	JNE next
	VZEROUPPER
	RET

apart:
	MOVL $2, AX
	JMP done

// NAME is up to eight small letters with which the name in a column begins, as beginningAsIs tells them, and in AX which of its first nine
// bytes are none of ASCII.
#define NAME(COLUMN, TO) \
	MOVL 4(DI)(COLUMN*1), BX; \
	MOVL (DI)(COLUMN*1), R12; \
	ADDQ SI, R12; \
	LEAQ letters<>+1(SB), AX; \
	TESTL BX, BX; \
	CMOVQEQ AX, R12; \
	CMPL BX, $64; \
	JHI apart; \
	CMPB (R12), $32; \
	JLS apart; \
	CMPB -1(R12)(BX*1), $32; \
	JLS apart; \
	LOAD(X9); \
	VPMOVB2M X9, K2; \
	KMOVQ K2, AX; \
	SMALL(Z9, Z10); \
	VMOVQ X9, TO; \
	ANDL $0x1ff, AX

// CUT cuts it before the first of these, if that is a letter of two bytes from U+00C0 to U+02FF or U+0400 to U+047F that folds to no
// other of ASCII.
#define CUT(OF) \
	TZCNTL AX, AX; \
	DECL BX; \
	CMPL AX, BX; \
	JCC apart; \
	MOVBLZX (R12)(AX*1), BX; \
	MOVBLZX 1(R12)(AX*1), R12; \
	SHLL $3, AX; \
	BZHIQ AX, OF, OF; \
	LEAL -0xc3(BX), AX; \
	CMPL AX, $0xd1-0xc3; \
	JHI apart; \
	SUBL $0xcc-0xc3, AX; \
	CMPL AX, $0xcf-0xcc; \
	JLS apart; \
	SHLL $8, BX; \
	ORL R12, BX; \
	ANDL $0xc0, R12; \
	CMPL R12, $0x80; \
	JNE apart; \
	CMPL BX, $0xc5bf; \
	JEQ apart

// func personsVAES(keys *hashKeys, data *byte, cells *Span, width, n int, to *uint64, phone, first, last int)
TEXT ·personsVAES(SB), NOSPLIT, $0-72
	ARGUMENTS
	MOVQ phone+48(FP), R10
	MOVQ first+56(FP), R11
	MOVQ last+64(FP), R13
	SHLQ $3, R10
	SHLQ $3, R11
	SHLQ $3, R13
	KEYS
	LETTERS
	BROADCAST($48, X12)
	BROADCAST($9, X13)

next:
	MOVL 4(DI)(R10*1), BX
	MOVL (DI)(R10*1), R12
	ADDQ SI, R12
	XORL AX, AX
	TESTL BX, BX
	JE done
	LEAL -9(BX), AX
	CMPL AX, $7
	JHI apart
	LOAD(X3)
	VPSUBB X12, X3, X9
	VPCMPUB $2, X13, X9, K2
	KMOVQ K2, R14
	ORL $1, R14
	CMPL R14, AX
	JNE apart
	CMPB (R12), $43
	JNE apart
	CMPB 1(R12), $48
	JEQ apart
	VPSRLDQ $1, X3, X3
	NAME(R11, R14)
	TESTL AX, AX
	JNE first

firstDone:
	NAME(R13, DX)
	TESTL AX, AX
	JNE last

lastDone:
	VMOVQ R14, X9
	VPINSRQ $1, DX, X9, X9
	VINSERTI128 $1, X9, Y3, Y3
	MOVL $32, BX
	HASH

done:
	MOVQ AX, (R9)
	ADDQ $8, R9
	ADDQ R8, DI
	DECQ CX
	JNE next
	VZEROUPPER
	RET

apart:
	MOVL $2, AX
	JMP done

first:
	CUT(R14)
	JMP firstDone

last:
	CUT(DX)
	JMP lastDone
