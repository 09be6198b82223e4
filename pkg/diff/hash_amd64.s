#include "go_asm.h"
#include "textflag.h"

// ROUNDS takes in what was mixed into Z0.
#define ROUNDS \
	VAESENC Z1, Z0, Z0; \
	VAESENC Z2, Z0, Z0

// FOLD brings what was taken in together.
#define FOLD \
	VAESENC (DX), Z0, Z0; \
	ROUNDS; \
	VEXTRACTI64X4 $1, Z0, Y1; \
	VPXOR Y1, Y0, Y0; \
	VEXTRACTI128 $1, Y0, X1; \
	VPXOR X1, X0, X0; \
	VMOVQ X0, AX; \
	VPEXTRQ $1, X0, BX

// func hashVAES(keys *hashKeys, p *byte, n int) (a, b uint64)
TEXT ·hashVAES(SB), NOSPLIT, $0-40
	MOVQ keys+0(FP), DX
	MOVQ p+8(FP), SI
	MOVQ n+16(FP), CX
	VMOVDQU64 64(DX), Z1
	VMOVDQU64 128(DX), Z2
	VPBROADCASTQ CX, Z0
	VPXORQ (DX), Z0, Z0
	CMPQ CX, $64
	JB short
	JE last

next:
	VPXORQ (SI), Z0, Z0
	ROUNDS
	ADDQ $64, SI
	SUBQ $64, CX
	CMPQ CX, $64
	JA next

last: // the last 64 bytes, of which some may have gone before
	VPXORQ -64(SI)(CX*1), Z0, Z0

fold:
	ROUNDS
	FOLD
	MOVQ AX, a+24(FP)
	MOVQ BX, b+32(FP)
	VZEROUPPER
	RET

short: // with zeros behind
	MOVQ $-1, AX
	BZHIQ CX, AX, AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI), K1, Z3
	VPXORQ Z3, Z0, Z0
	JMP fold

// Where a cell of no bytes is looked at: it begins and ends with a letter.
DATA letters<>+0(SB)/8, $0x6161616161616161
GLOBL letters<>(SB), RODATA|NOPTR, $8

// BROADCAST fills a register with one byte.
#define BROADCAST(BYTE, Z) \
	MOVL BYTE, AX; \
	VPBROADCASTB AX, Z

// CELL is where the next cell stands, in R12, and its length, in BX.
#define CELL \
	MOVLQSX (R8), AX; \
	ADDQ $4, R8; \
	MOVL 4(DI)(AX*8), BX; \
	MOVL (DI)(AX*8), R12; \
	ADDQ SI, R12

// EDGES clears R11 if a cell begins or ends with what it may not. One of no bytes is taken to be elsewhere.
#define EDGES \
	TESTL BX, BX; \
	CMOVQEQ R9, R12; \
	MOVBLZX (R12), AX; \
	MOVBLZX (R10)(AX*1), AX; \
	ANDL AX, R11; \
	MOVBLZX -1(R12)(BX*1), AX; \
	MOVBLZX 256(R10)(AX*1), AX; \
	ANDL AX, R11

// LOAD is a cell of fewer than 64 bytes, with zeros behind.
#define LOAD \
	BZHIQ BX, R15, AX; \
	KMOVQ AX, K1; \
	VMOVDQU8.Z (R12), K1, Z3

// TAKE takes in Z3, of which BX bytes are what is hashed, with zeros behind. Fewer than 64 bytes and their number in each of the 64 are no
// other bytes with theirs, as the last one tells.
#define TAKE \
	VPBROADCASTB BX, Z4; \
	VPTERNLOGQ $0x96, Z3, Z4, Z0; \
	ROUNDS

// func hashCellsVAES(keys *hashKeys, shape *rowShape, head *byte, n int, data *byte, cells *schema.Span, moments *schema.Moment) (a, b uint64, show shown)
TEXT ·hashCellsVAES(SB), NOSPLIT, $0-73
	MOVQ keys+0(FP), DX
	MOVQ shape+8(FP), R14
	MOVQ head+16(FP), SI
	MOVQ n+24(FP), CX
	VMOVDQU64 64(DX), Z1
	VMOVDQU64 128(DX), Z2
	VMOVDQU64 192(DX), Z5
	VPBROADCASTQ CX, Z0
	VPXORQ (DX), Z0, Z0
	MOVQ $-1, R15
	CMPQ CX, $64
	JLS lastOfHead

moreOfHead:
	VPXORQ (SI), Z0, Z0
	ROUNDS
	ADDQ $64, SI
	SUBQ $64, CX
	CMPQ CX, $64
	JHI moreOfHead

lastOfHead:
	BZHIQ CX, R15, AX
	KMOVQ AX, K1
	VMOVDQU8.Z (SI), K1, Z3
	VPXORQ Z3, Z0, Z0
	ROUNDS
	MOVQ data+32(FP), SI
	MOVQ cells+40(FP), DI
	MOVQ rowShape_columns(R14), R8
	MOVQ rowShape_edges(R14), R10
	LEAQ letters<>+1(SB), R9
	MOVL $1, R11
	VPXORQ Z6, Z6, Z6 // all that texts and mail addresses have
	MOVQ rowShape_texts(R14), CX
	TESTQ CX, CX
	JE mails

text:
	CELL
	EDGES

moreOfText:
	CMPL BX, $63
	JHI long
	LOAD
	VPORQ Z3, Z6, Z6
	TAKE
	DECQ CX
	JNE text

mails:
	MOVQ rowShape_mails(R14), CX
	TESTQ CX, CX
	JE digits
	BROADCAST($65, Z7)
	BROADCAST($26, Z8)

mail:
	CELL
	EDGES
	CMPL BX, $63
	JHI none
	LOAD
	VPORQ Z3, Z6, Z6
	VPSUBB Z7, Z3, Z9
	VPCMPUB $1, Z8, Z9, K2
	KORTESTQ K2, K2
	JNE none // a capital
	TAKE
	DECQ CX
	JNE mail

digits:
	MOVQ rowShape_digits(R14), CX
	TESTQ CX, CX
	JE instants
	BROADCAST($48, Z7)
	BROADCAST($9, Z8)
	BROADCAST($120, Z10)
	BROADCAST($32, Z11)

digit:
	CELL
	CMPL BX, $63
	JHI none
	LOAD
	VPORQ Z11, Z3, Z9
	VPCMPEQB Z10, Z9, K2
	KORTESTQ K2, K2
	JNE none // an x, of an extension
	VPSUBB Z7, Z3, Z9
	VPCMPUB $2, Z8, Z9, K2
	VPCOMPRESSB.Z Z3, K2, Z3
	KMOVQ K2, AX
	TESTL BX, BX
	JE taken
	POPCNTQ AX, BX
	JE none // text
	VMOVD X3, AX
	CMPW AX, $0x3030
	JEQ none // 00 for the plus sign

taken:
	TAKE
	DECQ CX
	JNE digit

instants:
	MOVQ rowShape_instants(R14), CX
	TESTQ CX, CX
	JE fold
	MOVQ moments+48(FP), R13
	MOVQ $0x7f7f7f7f7f7f7f7f, R12
	MOVQ $0x0080000000000000, R10
	MOVL $const_ofSecond, AX
	VMOVD AX, X9

instant:
	MOVLQSX (R8), AX
	ADDQ $4, R8
	MOVL 4(DI)(AX*8), BX
	VPXORQ Z3, Z3, Z3
	TESTL BX, BX
	JE second
	MOVLQSX (R13), AX
	MOVLQSX 4(R13), BX
	CMPL BX, $-2147483648
	JEQ none
	IMUL3Q $86400, AX, AX
	ADDQ BX, AX
	ADDQ R10, AX // as appendSecond does
	PDEPQ R12, AX, AX
	VMOVQ AX, X3
	VPSLLDQ $1, X3, X3
	VPOR X9, X3, X3
	MOVL $9, BX

second:
	TAKE
	ADDQ $8, R13
	DECQ CX
	JNE instant

fold:
	FOLD
	MOVQ AX, a+56(FP)
	MOVQ BX, b+64(FP)
	VPMOVB2M Z6, K1
	KORTESTQ K1, K1
	SETEQ AX
	ADDB $const_allKnown, AX
	TESTL R11, R11
	JE none
	MOVB AX, show+72(FP)
	VZEROUPPER
	RET

long:
	VPTERNLOGQ $0x96, (R12), Z5, Z0
	VPORQ (R12), Z6, Z6
	ROUNDS
	ADDQ $64, R12
	SUBL $64, BX
	JMP moreOfText

none:
	MOVB $const_unknown, show+72(FP)
	VZEROUPPER
	RET
