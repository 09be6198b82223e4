#include "textflag.h"

// A byte's kind is the bit that the two numbers have in common which its lower and its upper half are given: 0x80 is the @, 0x40 a full
// stop, 0x20 a hyphen, 0x10 a plus sign, 8 an underscore, 4 a digit; 2 and 1 are letters.
DATA lower<>+0(SB)/8, $0x0707070707070785
DATA lower<>+8(SB)/8, $0x0a42220212030707
GLOBL lower<>(SB), RODATA|NOPTR, $16
DATA upper<>+0(SB)/8, $0x0102098204700000
DATA upper<>+8(SB)/8, $0x0000000000000000
GLOBL upper<>(SB), RODATA|NOPTR, $16

// BROADCAST fills a register with one byte.
#define BROADCAST(BYTE, Z) \
	MOVL BYTE, AX; \
	VPBROADCASTB AX, Z

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

// func mailsAVX512(data *byte, cells *Span, width, n int, to *MailShape)
//
// It is PlainMail of n cells, each width behind the one before.
TEXT ·mailsAVX512(SB), NOSPLIT, $0-40
	MOVQ data+0(FP), SI
	MOVQ cells+8(FP), DI
	MOVQ to+32(FP), R9
	VBROADCASTI32X4 lower<>(SB), Z1
	VBROADCASTI32X4 upper<>(SB), Z2
	BROADCAST($0x0f, Z3)
	BROADCAST($0x80, Z6)
	BROADCAST($0x40, Z7)
	BROADCAST($0x20, Z8)
	BROADCAST($0x18, Z9)
	BROADCAST($0x03, Z10)
	MOVQ $-1, R15

next:
	MOVL 4(DI), BX
	LEAL -6(BX), AX
	CMPL AX, $58
	JHI none
	MOVL (DI), AX
	BZHIQ BX, R15, CX // all bytes of the cell
	KMOVQ CX, K1
	VMOVDQU8.Z (SI)(AX*1), K1, Z0
	VPSRLW $4, Z0, Z4
	VPANDQ Z3, Z4, Z4
	VPANDQ Z3, Z0, Z5
	VPSHUFB Z4, Z2, Z4
	VPSHUFB Z5, Z1, Z5
	VPANDQ Z4, Z5, Z5
	VPTESTNMB Z5, Z5, K1, K2
	VPTESTMB Z6, Z5, K3
	VPTESTMB Z7, Z5, K4
	VPTESTMB Z8, Z5, K5
	VPTESTMB Z9, Z5, K6
	VPTESTMB Z10, Z5, K7
	KORTESTQ K2, K2
	JNE none
	VPTESTNMB Z8, Z0, K1, K1
	KMOVQ K3, R10 // @
	KMOVQ K4, R11 // .
	KMOVQ K5, R12 // -
	KMOVQ K6, R13 // _ and +

	// What standWell asks.
	MOVQ R10, AX
	NEGQ AX
	ADDQ AX, AX // the domain
	LEAQ -1(R10), BX
	TESTQ R10, R10
	JE none
	TESTQ BX, R10
	JNE none
	MOVQ R10, BX
	SHRQ $1, BX
	LEAQ (R10)(R11*1), DX // one of both
	ADDQ DX, DX
	ORQ DX, BX
	ANDQ R11, BX // a dot beside one or an @
	ANDQ R12, DX
	LEAQ (R12)(R12*1), R14
	ANDQ R11, R14
	ORQ R14, DX
	ORQ R13, DX
	ANDQ AX, DX
	ORQ DX, BX
	MOVQ R10, DX
	ORQ R11, DX
	ANDQ $1, DX
	ORQ DX, BX
	JNE none

	// The last label.
	ANDQ R11, AX
	JE none
	BSRQ AX, AX
	INCQ AX
	SHRXQ AX, CX, BX
	KMOVQ K7, DX
	SHRXQ AX, DX, R14
	ANDNQ BX, R14, R14 // what is no letter
	JNE none
	LEAQ -1(BX), R14
	ANDQ BX, R14
	JE none // fewer than two

	KMOVQ K1, AX
	ORQ R13, DX
	ANDQ DX, AX
	CMPQ AX, $1
	SBBL AX, AX
	ANDL $2, AX
	INCL AX

done:
	MOVB AX, (R9)
	INCQ R9
	MOVQ width+16(FP), AX
	LEAQ (DI)(AX*8), DI
	DECQ n+24(FP)
	JNE next
	VZEROUPPER
	RET

none:
	XORL AX, AX
	JMP done
