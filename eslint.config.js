// Rules for the explorables' JavaScript: those of eslint that find mistakes, and none about taste.
const js = require("@eslint/js");
const globals = require("globals");

module.exports = [
  { ignores: ["_build/", "node_modules/", "build/", "dist/", ".venv/"] },
  { files: ["eslint.config.js"], languageOptions: { sourceType: "commonjs", globals: globals.node } },
  {
    files: ["nnlib/widgets/*.js", "_static/*.js", "tools/*.js"],
    ...js.configs.recommended,
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      ...js.configs.recommended.rules, eqeqeq: "error", "no-var": "error", "prefer-const": ["error", { destructuring: "all" }],
      "no-shadow": "error", "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
    },
  },
];
