//! Languages that are mostly compiled, and JavaScript.

use super::{BRACES, LINE, LINES, Language, RAW, SINGLE, TEMPLATE, TRIPLE, Trait::*};

const C: &str = "auto break case const continue default do else enum extern for goto if inline register return sizeof \
    static struct switch typedef union volatile while";
const C_TYPES: &str = "bool char double float int int8_t int16_t int32_t int64_t long short signed size_t ssize_t \
    uint8_t uint16_t uint32_t uint64_t uintptr_t unsigned void wchar_t";

const SCRIPT: &str = "as async await break case catch class const continue debugger default delete do else export \
    extends finally for from function get if import in instanceof let new of return set static super switch this throw \
    try typeof var void while with yield abstract asserts declare enum implements infer interface is keyof namespace \
    override private protected public readonly satisfies type unique";

pub(super) const ALL: &[Language] = &[
    Language {
        names: "rust rs",
        keywords: "as async await break const continue crate dyn else enum extern fn for if impl in let loop match mod \
            move mut pub ref return self static struct super trait type unsafe use where while union",
        constants: "true false",
        types: "Self bool char f32 f64 i8 i16 i32 i64 i128 isize str u8 u16 u32 u64 u128 usize",
        prefixes: "r b br c cr",
        quotes: &[LINES],
        at: "",
        traits: &[Attributes, Calls, Capitals, Lifetimes, Macros, NestedComments],
        ..BRACES
    },
    Language {
        names: "c h",
        keywords: C,
        constants: "true false NULL",
        types: C_TYPES,
        prefixes: "L u U u8",
        traits: &[Calls, Capitals, Directives],
        ..BRACES
    },
    Language {
        names: "c++ cpp cc cxx hpp cuda arduino objective-c objectivec objc glsl hlsl wgsl",
        keywords: "alignas alignof and asm auto break case catch class co_await co_return co_yield concept const \
            consteval constexpr const_cast continue decltype default delete do dynamic_cast else enum explicit export \
            extern final for friend fn goto if import in inline let module mutable namespace new noexcept not operator or \
            out override private protected public register reinterpret_cast requires return sizeof static \
            static_assert static_cast struct switch template this throw try typedef typename uniform union using var \
            varying virtual volatile while",
        constants: "true false nullptr NULL nil YES NO",
        types: "auto bool char char8_t char16_t char32_t double f32 float i32 id int int8_t int16_t int32_t int64_t long \
            mat3 mat4 short signed size_t string u32 uint8_t uint16_t uint32_t uint64_t unsigned vec2 vec3 vec4 vector \
            void wchar_t",
        prefixes: "L u U u8",
        at: "keyword",
        traits: &[Calls, Capitals, Directives],
        ..BRACES
    },
    Language {
        names: "c# cs csharp",
        keywords: "abstract as async await base break case catch checked class const continue default delegate do else \
            enum event explicit extern finally fixed for foreach get goto if implicit in init interface internal is lock \
            namespace new operator out override params partial private protected public readonly record ref required \
            return sealed set sizeof stackalloc static struct switch this throw try typeof unchecked unsafe using var \
            virtual volatile when where while with yield",
        types: "bool byte char decimal double dynamic float int long nint object sbyte short string uint ulong ushort void",
        quotes: &[TRIPLE, LINE, SINGLE],
        at: "",
        traits: &[Calls, Capitals, Directives],
        ..BRACES
    },
    Language {
        names: "java groovy gradle",
        keywords: "abstract assert break case catch class continue def default do else enum extends final finally for if \
            implements import in instanceof interface native new non-sealed package permits private protected public \
            record return sealed static strictfp super switch synchronized this throw throws transient try var volatile \
            while yield",
        types: "boolean byte char double float int long short void",
        quotes: &[TRIPLE, LINE, SINGLE],
        ..BRACES
    },
    Language {
        names: "kotlin kt kts",
        keywords: "abstract actual annotation as break by catch class companion const constructor continue crossinline \
            data do else enum expect external final finally for fun get if import in infix init inline inner interface \
            internal is lateinit noinline object open operator out override package private protected public reified \
            return sealed set super suspend tailrec this throw try typealias val value var vararg when where while",
        quotes: &[TRIPLE, LINE, SINGLE],
        traits: &[Calls, Capitals, NestedComments],
        ..BRACES
    },
    Language {
        names: "scala",
        keywords: "abstract case catch class def do else end enum export extends extension final finally for given if \
            implicit import inline lazy match new object opaque override package private protected return sealed super \
            then this throw trait transparent try type using val var while with yield",
        prefixes: "s f raw",
        quotes: &[TRIPLE, LINE, SINGLE],
        traits: &[Calls, Capitals, NestedComments],
        ..BRACES
    },
    Language {
        names: "go golang",
        keywords: "break case chan const continue default defer else fallthrough for func go goto if import interface map \
            package range return select struct switch type var",
        constants: "true false nil iota",
        types: "any bool byte comparable complex64 complex128 error float32 float64 int int8 int16 int32 int64 rune string \
            uint uint8 uint16 uint32 uint64 uintptr",
        quotes: &[LINE, SINGLE, RAW],
        traits: &[Calls],
        ..BRACES
    },
    Language {
        names: "swift",
        keywords: "actor any as associatedtype async await break case catch class continue convenience default defer \
            deinit didSet do else enum extension fallthrough fileprivate final for func get guard if import in indirect \
            infix init inout internal is lazy let mutating nonisolated open operator optional override postfix prefix \
            private protocol public repeat required rethrows return self set some static struct subscript super switch \
            throw throws try typealias unowned var weak where while willSet",
        constants: "true false nil",
        types: "Self",
        quotes: &[TRIPLE, LINE],
        traits: &[Calls, Capitals, Directives, NestedComments],
        ..BRACES
    },
    Language {
        names: "dart",
        keywords: "abstract as assert async await base break case catch class const continue covariant default deferred do \
            dynamic else enum export extends extension external factory final finally for get hide if implements import in \
            interface is late library mixin new of on operator part required rethrow return sealed set show static super \
            switch sync this throw try typedef var when while with yield",
        types: "bool double int num void",
        prefixes: "r",
        quotes: &[TRIPLE, LINE, SINGLE],
        ..BRACES
    },
    Language {
        names: "zig",
        keywords: "align allowzero and anyframe anytype asm async await break callconv catch comptime const continue defer \
            else enum errdefer error export extern fn for if inline noalias nosuspend opaque or orelse packed pub resume \
            return struct suspend switch test threadlocal try union unreachable usingnamespace var volatile while",
        constants: "true false null undefined",
        types: "anyerror bool f16 f32 f64 i8 i16 i32 i64 isize noreturn type u8 u16 u32 u64 usize void",
        at: "function",
        ..BRACES
    },
    Language {
        names: "javascript js mjs cjs node jsx typescript ts mts cts tsx javascriptreact typescriptreact qml astro",
        keywords: SCRIPT,
        constants: "true false null undefined NaN Infinity",
        types: "any bigint boolean never number object string symbol unknown",
        word_parts: "$",
        word_starts: "$",
        quotes: &[LINE, SINGLE, TEMPLATE],
        traits: &[Calls, Capitals, Elements, Patterns],
        ..BRACES
    },
    Language {
        names: "protobuf proto proto3 thrift solidity sol",
        keywords: "abstract address contract constructor emit enum event extend extensions external for function if else \
            import indexed inherits interface is library mapping memory message modifier new oneof option optional \
            override package payable pragma private public pure repeated require required reserved return returns rpc \
            service storage stream struct syntax to using view virtual",
        types: "bool bytes bytes32 double fixed32 fixed64 float int int32 int64 map sint32 sint64 string uint uint8 uint32 \
            uint64 uint256",
        ..BRACES
    },
];
