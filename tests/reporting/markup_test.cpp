#include "reporting/markup.hpp"

#include <gtest/gtest.h>

#include <string>

namespace regionwise::reporting {
namespace {

// What LaTeX and Markdown take for commands.
const std::string kRare = R"(\~^<>&%$#_{}|*`[])";

TEST(Markup, LatexSaysEveryCharacterInsteadOfObeyingIt) {
  EXPECT_EQ(latex_style().text(kRare),
            R"(\textbackslash{}\textasciitilde{}\textasciicircum{}\textless{}\textgreater{})"
            R"(\&\%\$\#\_\{\}|*`[])");
  EXPECT_EQ(latex_style().text("a\r\nb\x1b"), "a  b ");
}

TEST(Markup, MarkdownSaysEveryCharacterInsteadOfObeyingIt) {
  EXPECT_EQ(markdown_style().text(kRare), R"(\\\~^&lt;>&amp;%\$#\_{}\|\*\`\[\])");
  EXPECT_EQ(markdown_style().text("a\r\nb"), "a  b");
}

TEST(Markup, LabelsAreFormulasWhereTheyLookLikeOnes) {
  EXPECT_EQ(latex_style().label("L_{RRW}"), "$L_{RRW}$");
  EXPECT_EQ(latex_style().label("100 % Dice"), R"(100 \% Dice)");
  EXPECT_EQ(markdown_style().label("L_{RRW}^2"), "L<sub>RRW</sub><sup>2</sup>");
  EXPECT_EQ(markdown_style().label("a_b|c_{<d"), R"(a<sub>b</sub>\|c\_{&lt;d)");
  EXPECT_EQ(markdown_style().label("L_\xce\xb1"), "L<sub>\xce\xb1</sub>");
  EXPECT_EQ(markdown_style().label("x_\xe6\x97\xa5\xe6\x9c\xac"),
            "x<sub>\xe6\x97\xa5</sub>\xe6\x9c\xac");
  EXPECT_EQ(markdown_style().label("rectified_small"), R"(rectified\_small)");
  EXPECT_EQ(latex_style().label("rectified_small"), R"(rectified\_small)");
  EXPECT_EQ(latex_style().label("L_x 100% \\alpha \\% #"), R"($L_x 100\% \alpha \% \#$)");
  EXPECT_EQ(latex_style().label("100% \\ #"), R"(100\% \textbackslash{} \#)");
  EXPECT_EQ(latex_style().label("\\alpha_1{"), R"(\textbackslash{}alpha\_1\{)");
  EXPECT_EQ(latex_style().label("a_b}{"), R"(a\_b\}\{)");
  EXPECT_EQ(latex_style().label("a_b\\"), R"(a\_b\textbackslash{})");
  EXPECT_EQ(latex_style().label("a_b\\{ {x}"), R"($a_b\{ {x}$)");
  EXPECT_EQ(latex_style().label("L_x \\\\% more"),
            R"(L\_x \textbackslash{}\textbackslash{}\% more)");
  EXPECT_EQ(latex_style().label("rwl_a_b"), R"(rwl\_a\_b)");
  EXPECT_EQ(markdown_style().label("rwl_a_b"), R"(rwl\_a\_b)");
  for (const char* doubled : {"L_{rwl_a_b}", "rwl_a _b", "L_\\alpha_b", "L^2'", "{L_a}_{b_c_d}"}) {
    EXPECT_EQ(latex_style().label(doubled).front(), doubled[0] == '{' ? '\\' : doubled[0])
        << doubled;
  }
  for (const char* single : {"L_a^2 M_b", "L_{a_b}", "L_\\alpha^{b_c}", "L'_a", "{L_a}_b"}) {
    EXPECT_EQ(latex_style().label(single), "$" + std::string(single) + "$");
  }
  EXPECT_EQ(latex_style().label("a\tb_c\x1b[2J"), "$a b_c [2J$");
  EXPECT_EQ(markdown_style().label("ends_"), R"(ends\_)");
}

TEST(Markup, PlainTextStaysAsItIs) {
  EXPECT_EQ(plain_style().text(kRare), kRare);
  EXPECT_EQ(plain_style().label("L_{RRW}"), "L_{RRW}");
}

TEST(Markup, CommentsEndNowhereInTheirText) {
  const TextTable table{"caption", {"loss", "Dice"}, 1, {{{"a", "1"}}, {{"b", "2"}}}, {"a note"}};
  EXPECT_EQ(markdown_table(table, "table 'a-->b'"),
            "<!-- table 'a b' -->\n\n**caption**\n\n| loss | Dice |\n|---|---:|\n| a | 1 |\n"
            "| b | 2 |\n\na note\n");
  EXPECT_EQ(latex_table(table, "table\nx"),
            "% table x\n\\begin{table}\n\\centering\n\\caption{caption}\n\\begin{tabular}{lc}\n"
            "\\hline\nloss & Dice \\\\\n\\hline\na & 1 \\\\\n\\hline\nb & 2 \\\\\n\\hline\n"
            "\\end{tabular}\n\n{\\footnotesize\\raggedright a note\\par}\n\\end{table}\n");
}

}  // namespace
}  // namespace regionwise::reporting
