#include "textflag.h"

// Where in a date its numbers stand, by pairs of digits: year, year, month, day, hour, minute, second, sign, and of the offset hour and
// minute. Byte 31 is 0 in all that are dates.
DATA pairs<>+0(SB)/8, $0x0908060503020100
DATA pairs<>+8(SB)/8, $0x131f12110f0e0c0b
DATA pairs<>+16(SB)/8, $0x1f1f1f1f18171514
DATA pairs<>+24(SB)/8, $0x1f1f1f1f1f1f1f1f
GLOBL pairs<>(SB), RODATA|NOPTR, $32

// The weights of the digits of a pair; of a sign there is one.
DATA tens<>+0(SB)/8, $0x010a010a010a010a
DATA tens<>+8(SB)/8, $0x0100010a010a010a
DATA tens<>+16(SB)/8, $0x010a010a010a010a
DATA tens<>+24(SB)/8, $0x010a010a010a010a
GLOBL tens<>(SB), RODATA|NOPTR, $32

// The weights of two numbers that are brought together: 100 and 1 to the year; 64 and 1 to month and day, which are taken apart again;
// 3600 and 60 to the seconds of hour and minute; 1 and 64 to second and sign; 3600 and 60 to the seconds of the offset.
DATA twos<>+0(SB)/8, $0x0001004000010064
DATA twos<>+8(SB)/8, $0x00400001003c0e10
DATA twos<>+16(SB)/8, $0x00000000003c0e10
DATA twos<>+24(SB)/8, $0x0000000000000000
GLOBL twos<>(SB), RODATA|NOPTR, $32

// func momentsVBMI(data *byte, cells *Span, width, n int, to *Moment, step int, shapes *uint8, firstDays *int32)
TEXT ·momentsVBMI(SB), NOSPLIT, $0-64
	MOVQ data+0(FP), SI
	MOVQ cells+8(FP), DI
	MOVQ width+16(FP), R8
	SHLQ $3, R8
	MOVQ n+24(FP), CX
	MOVQ to+32(FP), R9
	MOVQ step+40(FP), R10
	SHLQ $3, R10
	MOVQ shapes+48(FP), DX
	MOVQ firstDays+56(FP), R11
	VMOVDQU pairs<>(SB), Y2
	VMOVDQU tens<>(SB), Y3
	VMOVDQU twos<>(SB), Y4

next:
	MOVL 4(DI), BX
	CMPL BX, $25
	JHI none
	MOVL (DI), AX
	MOVQ $-1, R12
	BZHIQ BX, R12, R12
	KMOVD R12, K1
	VMOVDQU8.Z (SI)(AX*1), K1, Y0
	MOVBLZX (DX)(BX*1), AX
	SHLL $6, AX
	VPSUBB 32(DX)(AX*1), Y0, Y0
	VPCMPUB $2, 64(DX)(AX*1), Y0, K2
	KMOVD K2, R12
	VPERMB Y0, Y2, Y0
	VPMADDUBSW Y3, Y0, Y0
	VPMADDWD Y4, Y0, Y0
	CMPL R12, $-1
	JNE none
	VMOVQ X0, AX
	VPEXTRQ $1, X0, R12
	VEXTRACTI128 $1, Y0, X1
	VMOVD X1, R13

	// The day, as BX tells what length the cell has.
	MOVL AX, R15
	SHRQ $32, AX
	IMUL3L $12, R15, R15
	SUBL $23640, R15 // 12 · 1970
	CMPL R15, $1560 // 12 · 130
	JCC none
	MOVL AX, R14
	SHRL $6, R14
	ANDL $63, AX
	DECL R14
	CMPL R14, $11
	JHI none
	ADDL R14, R15
	LEAQ (R11)(R15*4), R15
	MOVL (R15), R14
	LEAL -1(R14)(AX*1), AX
	CMPL AX, R14
	JLT none
	CMPL AX, 4(R15)
	JGE none
	CMPL BX, $10
	JE day

	// The second: R14 is 1 west of Greenwich, and -1 east of it.
	MOVL R12, R15
	SHRQ $32, R12
	CMPL R15, $86400
	JCC none
	MOVL R12, R14
	ANDL $63, R12
	ADDL R12, R15
	SHRL $6, R14
	DECL R14
	JE none
	IMUL3L $-3600, R14, R12
	ADDL $46800, R12 // 12 hours west, 14 east
	CMPL R13, R12
	JHI none
	IMULL R14, R13
	ADDL R13, R15
	MOVL AX, (R9)
	MOVL R15, 4(R9)

done:
	ADDQ R8, DI
	ADDQ R10, R9
	DECQ CX
	JNZ next
	VZEROUPPER
	RET

day:
	MOVL AX, (R9)
	MOVL $-2147483648, 4(R9)
	JMP done

none:
	MOVQ $0x8000000080000000, AX
	MOVQ AX, (R9)
	JMP done
