# The smallest llama.cpp that the Python binding can use; CMake reads this right after project().
if(NOT PROJECT_NAME STREQUAL "llama_cpp")
    return()
endif()

# Ordinary variables stand before the cache entries that the binding's CMakeLists forces on.
set(LLAMA_BUILD_COMMON OFF)
set(LLAVA_BUILD OFF)
set(GGML_NATIVE ON)
# Only OpenMP's barriers can be told to sleep (OMP_WAIT_POLICY=passive). ggml's own always spin, and
# with another process on the core a spinning thread loses whole time slices: 0.5 s a token.
set(GGML_OPENMP ON)

function(auricle_slim)
    # libllama only walks graphs, the arithmetic is in ggml: the same tokens per second.
    target_compile_options(llama PRIVATE $<$<COMPILE_LANGUAGE:CXX>:-O1>)
    # Upstream compiles the model files sixteen at a time; the other files can be, too. Eight at a
    # time need less memory and keep the last core busy to the end.
    get_target_property(sources llama SOURCES)
    get_target_property(folder llama SOURCE_DIR)
    list(FILTER sources INCLUDE REGEX "^[^/]*\\.cpp$")
    list(TRANSFORM sources PREPEND "${folder}/")
    set_source_files_properties(
        ${sources} TARGET_DIRECTORY llama PROPERTIES SKIP_UNITY_BUILD_INCLUSION OFF)
    set_target_properties(llama PROPERTIES UNITY_BUILD_BATCH_SIZE 8)
endfunction()
cmake_language(DEFER CALL auricle_slim)
