#include "textflag.h"

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
	VAESENC Z1, Z0, Z0
	VAESENC Z2, Z0, Z0
	ADDQ $64, SI
	SUBQ $64, CX
	CMPQ CX, $64
	JA next

last: // the last 64 bytes, of which some may have gone before
	VPXORQ -64(SI)(CX*1), Z0, Z0

fold:
	VAESENC Z1, Z0, Z0
	VAESENC Z2, Z0, Z0
	VAESENC (DX), Z0, Z0
	VAESENC Z1, Z0, Z0
	VAESENC Z2, Z0, Z0
	VEXTRACTI64X4 $1, Z0, Y1
	VPXOR Y1, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPXOR X1, X0, X0
	VMOVQ X0, AX
	VPEXTRQ $1, X0, BX
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
