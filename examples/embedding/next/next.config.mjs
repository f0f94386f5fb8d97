/** @type {import('next').NextConfig} */
export default {
  // The scheduler starts threads from its own files, so it must not be bundled.
  serverExternalPackages: ['escapement'],
};
